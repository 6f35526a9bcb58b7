"""Every variant of a host trained alike: the same molecules, loss, optimiser, schedule, batch and wall-clock."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from functools import partial

import torch
from once import once, plain
from torch import nn

from encoding.problems import Problem
from encoding.variants import BASELINE, PENALTY, Basis, basis
from torch_molfield.training import EncodingPenalty, encoding_penalties
from torch_molfield.training.molecule_batches import MoleculeBatches
from torch_molfield.training.progress import quiet_lightning
from torch_molfield.training.settings import TrainingSettings
from torch_molfield.training.trainer import begin, fit

#: share of the time that a trial of a learning rate or a λ gets
TRIAL = 0.25


@dataclass(frozen=True, kw_only=True)
class RunSettings(TrainingSettings):
    """What a resumed training must have in common with its first part."""

    learning_rate: float = 1e-3
    weight: float = 0.0
    workers: int = 0


def train(
    problem: Problem,
    host: str,
    given: Basis,
    rate: float,
    seed: int,
    minutes: float,
    options: argparse.Namespace,
    name: str,
) -> nn.Module:
    """A model trained for ``minutes``, resumed if begun; at once if it has been trained before."""
    settings = RunSettings(learning_rate=rate, weight=given.weight, max_minutes=minutes, seed=seed)
    directory = options.out / "runs" / name
    resumed = begin(settings, directory, resume=True)
    torch.manual_seed(seed)
    model = given.put(problem.make(host))
    task = problem.task(model, rate, settings.max_seconds, seed)
    quiet_lightning()
    callbacks = [EncodingPenalty()] if encoding_penalties(model) else []
    batches = partial(_batches, problem)
    fit(task, batches, settings, directory, resumed, callbacks, accelerator="auto")
    return model.cpu().eval()


def _batches(problem: Problem, first: int, seed: int) -> MoleculeBatches:
    return MoleculeBatches(problem.train, problem.batch_size, seed, first)


def chosen(problem: Problem, host: str, options: argparse.Namespace) -> dict[str, float]:
    """The learning rate that is best for the *baseline*, and the λ that is best at that rate: lowest validation errors
    after a quarter of the time."""
    label = f"{plain(host)}-{problem.name}"

    def trial(variant: str, rate: float, weight: float) -> float:
        given = basis(variant, weight, options.settings)
        name = f"tune-{label}-{variant}-{rate:g}-{weight:g}"
        model = train(problem, host, given, rate, 0, TRIAL * options.max_minutes, options, name)
        return problem.error(model, problem.validation)

    def scan() -> dict[str, dict[str, float]]:
        rates = {f"{rate:g}": trial(BASELINE, rate, 0.0) for rate in options.rates}
        rate = float(min(rates, key=rates.get))
        return {"rates": rates, "weights": {f"{w:g}": trial(PENALTY, rate, w) for w in options.weights}}

    found = once(options.out, f"scan-{label}", scan)
    return {kind: float(min(errors, key=errors.get)) for kind, errors in found.items()}


def trained(problem: Problem, host: str, variant: str, seed: int, options: argparse.Namespace) -> nn.Module:
    """The model of the comparison."""
    best = chosen(problem, host, options)
    given = basis(variant, best["weights"], options.settings)
    name = f"{plain(host)}-{problem.name}-{variant}-{seed}"
    return train(problem, host, given, best["rates"], seed, options.max_minutes, options, name)
