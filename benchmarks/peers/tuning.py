"""The size and the learning rate of each network that is trained alike, and its errors with these."""

from __future__ import annotations

import argparse
import math
from functools import partial
from pathlib import Path
from typing import Any

from once import once, plain

from peers.log import short_losses, steps
from peers.training import Make, errors, scaled, train
from torch_molfield.geometry.packed import PackedMolecules
from torch_molfield.training.engine.task import TrainingDiverged

#: of a network in several sizes, by the name of the size
Sizes = dict[str, Make]
#: share of the time that a trial of a learning rate gets
TRIAL = 0.25


def compare(
    networks: dict[str, Sizes], sets: dict[str, PackedMolecules], key: str, options: argparse.Namespace
) -> dict[str, dict[str, Any]]:
    """Every network in the best of its sizes, at the best of ``options.rates`` and with every seed: test errors.

    Args:
        networks: by name.
        sets: ``train``, ``validation`` and ``test``.
        key: part of the names of folders and results.
        options: ``out``, ``rates``, ``seeds``, ``max_minutes``, ``device``.

    Returns:
        name -> seed -> results.
    """
    results: dict[str, dict[str, Any]] = {}
    for name, sizes in networks.items():
        size, rate = best(name, sizes, sets, key, options)
        for seed in options.seeds:
            run_name = f"{plain(name, size, key)}-{rate:g}-{seed}"
            run = once(options.out, run_name, partial(_run, sizes[size], sets, rate, seed, run_name, options))
            results.setdefault(name, {})[str(seed)] = {"size": size, **run}
    return results


def best(
    name: str, sizes: Sizes, sets: dict[str, PackedMolecules], key: str, options: argparse.Namespace
) -> tuple[str, float]:
    """``(size, rate)`` of the lowest scaled error on ``sets["validation"]``.

    All are tried for a quarter of the time. This favours high rates, so the best one and the next lower rate are then
    trained in full with the first seed. One size and one rate are taken as they are.
    """
    if len(sizes) == len(options.rates) == 1:
        return next(iter(sizes)), options.rates[0]
    found = {}
    for size, make in sizes.items():
        for rate in options.rates:
            trial = f"tune-{plain(name, size, key)}-{rate:g}"
            attempt = partial(_error, make, sets, rate, TRIAL * options.max_minutes, options.out / trial, options)
            found[size, rate] = once(options.out, trial, attempt)
    size, highest = min(found, key=found.__getitem__)
    full = {}
    for rate in sorted(rate for rate in options.rates if rate <= highest)[-2:]:
        run = f"{plain(name, size, key)}-{rate:g}-{options.seeds[0]}"
        final = partial(_error, sizes[size], sets, rate, options.max_minutes, options.out / f"final-{run}", options)
        full[size, rate] = once(options.out, f"validation-{run}", final)
    return min(full, key=full.__getitem__)


def _error(
    make: Make,
    sets: dict[str, PackedMolecules],
    rate: float,
    minutes: float,
    directory: Path,
    options: argparse.Namespace,
) -> float:
    """Scaled validation error of the first seed, infinite if its training diverged."""
    try:
        model = train(make, sets["train"], rate, options.seeds[0], minutes, directory, device=options.device)
    except TrainingDiverged:
        return math.inf
    return scaled(errors(model, sets["validation"]), model)


def _run(
    make: Make, sets: dict[str, PackedMolecules], rate: float, seed: int, run_name: str, options: argparse.Namespace
) -> dict[str, Any]:
    directory = options.out / f"final-{run_name}"
    model = train(make, sets["train"], rate, seed, options.max_minutes, directory, device=options.device)
    found = errors(model, sets["test"])
    return {
        "rate": rate,
        "parameters": sum(p.numel() for p in model.parameters() if p.requires_grad),
        "steps": steps(directory),
        "losses": short_losses(directory),
        "errors": found,
        "scaled": scaled(found, model),
    }
