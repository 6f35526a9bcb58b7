"""Every variant of a host trained alike: the same molecules, loss, optimiser, schedule, batch and time.

Time is told in steps: as many as fit into it at the speeds measured side by side, so that what else the machine does
favours none.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from functools import partial

import torch
from once import once, plain
from torch import nn

from encoding.problems import Problem
from encoding.speed import step_seconds
from encoding.variants import BASELINE, PENALISED, Basis, basis, variants
from torch_molfield.training import EncodingPenalty, encoding_penalties
from torch_molfield.training import train as train_task
from torch_molfield.training.engine.progress import quiet_lightning

#: share of the time that a trial of a learning rate or a λ gets
TRIAL = 0.25


def train(
    problem: Problem,
    host: str,
    given: Basis,
    rate: float,
    seed: int,
    steps: int,
    options: argparse.Namespace,
    name: str,
) -> nn.Module:
    """A model trained for some steps, resumed if begun; at once if it has been trained before."""
    torch.manual_seed(seed)
    model = given.put(problem.make(host))
    task = problem.task(model, learning_rate=rate, max_steps=steps, seed=seed, weight=given.weight)
    quiet_lightning()
    callbacks = [EncodingPenalty()] if encoding_penalties(model) else []
    directory = options.out / "runs" / name
    return train_task(task, problem.train, directory=directory, resume=True, callbacks=callbacks).cpu()


def budget(problem: Problem, host: str, variant: str, share: float, options: argparse.Namespace) -> int:
    """Steps of a variant that take a share of ``--max-minutes``."""
    return max(1, round(60 * share * options.max_minutes / step_seconds(problem, host, options)[variant]))


def chosen(problem: Problem, host: str, options: argparse.Namespace) -> dict[str, float]:
    """The learning rate ``"rate"`` best for the *baseline*, and the λ of each variant with a penalty that is best at
    that rate: lowest validation errors after a quarter of the time."""
    label = f"{plain(host)}-{problem.name}"

    def trial(variant: str, rate: float, weight: float) -> float:
        given, steps = basis(variant, weight, options.settings), budget(problem, host, variant, TRIAL, options)
        model = train(problem, host, given, rate, 0, steps, options, f"tune-{label}-{variant}-{rate:g}-{weight:g}")
        return problem.score(problem.errors(model, problem.validation), model)

    def scan() -> dict[str, dict[str, float]]:
        rates = _tried(options.rates, lambda rate: trial(BASELINE, rate, 0.0))
        rate = _best(rates)
        penalised = [variant for variant in variants(host) if variant in PENALISED]
        return {"rate": rates} | {v: _tried(options.weights, partial(trial, v, rate)) for v in penalised}

    return {kind: _best(errors) for kind, errors in once(options.out, f"scan-{label}", scan).items()}


def _tried(values: Sequence[float], error: Callable[[float], float]) -> dict[str, float]:
    """Errors by value; a single value needs no trial."""
    return {f"{value:g}": error(value) if len(values) > 1 else 0.0 for value in values}


def _best(errors: dict[str, float]) -> float:
    return float(min(errors, key=errors.__getitem__))


def trained(problem: Problem, host: str, variant: str, seed: int, options: argparse.Namespace) -> nn.Module:
    """The model of the comparison."""
    best = chosen(problem, host, options)
    given = basis(variant, best.get(variant, 0.0), options.settings)
    name = f"{plain(host)}-{problem.name}-{variant}-{seed}"
    steps = budget(problem, host, variant, 1.0, options)
    return train(problem, host, given, best["rate"], seed, steps, options, name)
