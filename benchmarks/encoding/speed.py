"""How long a training step takes, so that variants get steps for the same time whatever else the machine does."""

from __future__ import annotations

import argparse
import time

import torch
from once import once, plain
from torch import nn

from encoding.problems import Problem
from encoding.variants import basis, variants
from torch_molfield.training import encoding_penalties
from torch_molfield.training.engine.optimizers import make_optimizer

#: rounds in which the variants take turns, and steps of a turn
ROUNDS, STEPS = 8, 5


def step_seconds(problem: Problem, host: str, options: argparse.Namespace) -> dict[str, float]:
    """Seconds of a step by variant: the shortest turn of each, measured in turns."""
    return once(options.out, f"speed-{plain(host)}-{problem.name}", lambda: _measured(problem, host, options))


def _measured(problem: Problem, host: str, options: argparse.Namespace) -> dict[str, float]:
    turns = {variant: _Turn(problem, host, variant, options) for variant in variants(host)}
    taken: dict[str, list[float]] = {variant: [] for variant in turns}
    for _ in range(ROUNDS + 1):
        for variant, turn in turns.items():
            taken[variant].append(turn.seconds())
    return {variant: min(seconds[1:]) for variant, seconds in taken.items()}


class _Turn:
    """A model with an optimiser that takes a few steps at a time."""

    def __init__(self, problem: Problem, host: str, variant: str, options: argparse.Namespace) -> None:
        torch.manual_seed(0)
        model: nn.Module = basis(variant, options.weights[0], options.settings).put(problem.make(host))
        self.task = problem.task(model, learning_rate=options.rates[0], max_steps=1)
        self.optimizer = make_optimizer(model, options.rates[0])
        self.batches = self.task.batches(problem.train, seed=0)
        self.generator = torch.Generator().manual_seed(0)

    def seconds(self) -> float:
        begun = time.perf_counter()
        for step in range(STEPS):
            terms = self.task.losses(self.batches.at(step, self.generator))
            loss = torch.stack([*terms.values(), *encoding_penalties(self.task.model).values()]).sum()
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
        return (time.perf_counter() - begun) / STEPS
