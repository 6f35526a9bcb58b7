"""Energies and forces of revised MD17 beside other networks."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from once import once, plain
from peers.energies import ENERGY_MODELS, SMALL_ENERGY_MODELS
from peers.log import short_losses, steps

from torch_molfield.data import RevisedMD17
from torch_molfield.evaluation.forces import force_errors, predict_forces
from torch_molfield.nn.heads.energy_model import EnergyModel
from torch_molfield.training import ForceFieldTraining, train_force_field
from torch_molfield.training.engine.progress import quiet_lightning
from torch_molfield.training.tasks.forces import pack_labelled

#: makes a network; called after the seed is set
Make = Callable[[], EnergyModel]
#: share of the time that a trial of a learning rate gets, and the molecules that it is tried on
TRIAL, TRIED_ON = 0.25, ("ethanol", "aspirin")
#: training frames of a trial that are held back to judge it
HELD_BACK = 100
#: official training frames of a molecule, and fewer for the learning curves
FRAMES, FEWER = 1000, (100, 300)


def accuracy(options: argparse.Namespace) -> dict[str, Any]:
    """Mean absolute errors on the official test frames of fold 1, by network and molecule.

    Each network is trained on the 1 000 official training frames of a molecule for ``max_minutes``, by the same task:
    loss, batch, schedule, averaged weights, references. Its learning rate is the best of ``rates``, and a peer's size
    the better of its authors' and of half of that, by the force error on 100 of the training frames of ethanol and
    aspirin that a trial of a quarter of the time has not seen.
    """
    return {
        name: {molecule: _runs(name, molecule, FRAMES, options) for molecule in options.molecules}
        for name in options.models
    }


def curves(options: argparse.Namespace) -> dict[str, Any]:
    """The same errors by network, molecule (ethanol, aspirin) and number of training frames, the first of the official
    ones; time, sizes and rates are those of :func:`accuracy`."""
    return {
        name: {m: {str(n): _runs(name, m, n, options) for n in (*FEWER, FRAMES)} for m in TRIED_ON}
        for name in options.models
    }


def _runs(name: str, molecule: str, count: int, options: argparse.Namespace) -> dict[str, dict[str, Any]]:
    """Seed → results."""
    size, rate = _best(name, options)
    of_fewer = "" if count == FRAMES else str(count)
    runs = {}
    for seed in options.seeds:
        label = f"{plain(name, size, molecule, of_fewer)}-{rate:g}-{seed}"
        make = _sizes(name)[size]
        run = once(options.out, label, partial(_run, make, molecule, count, rate, seed, label, options))
        runs[str(seed)] = {"size": size, **run}
    return runs


def trained(make: Make, frames: list, rate: float, seed: int, minutes: float, directory: Path) -> EnergyModel:
    """A network trained in ``directory``, resumed if begun."""
    quiet_lightning()
    settings = ForceFieldTraining(learning_rate=rate, max_minutes=minutes, seed=seed)
    torch.manual_seed(seed)
    model = train_force_field(settings, frames, directory, resume=True, model=make(), accelerator="auto")
    return model.cpu()


def _sizes(name: str) -> dict[str, Make]:
    small = {"small": SMALL_ENERGY_MODELS[name]} if name in SMALL_ENERGY_MODELS else {}
    return {"": ENERGY_MODELS[name], **small}


def _best(name: str, options: argparse.Namespace) -> tuple[str, float]:
    """``(size, rate)`` of the lowest error of a trial."""
    found = {}
    for size, make in _sizes(name).items():
        for rate in options.rates:
            label = f"tune-{plain(name, size)}-{rate:g}"
            found[size, rate] = once(options.out, label, partial(_trial, make, rate, label, options))
    return min(found, key=found.__getitem__)


def _trial(make: Make, rate: float, label: str, options: argparse.Namespace) -> float:
    """Mean over the molecules of the force error over that of no forces at all."""
    shares = []
    for molecule in TRIED_ON:
        frames = list(RevisedMD17(options.data, molecule, "train"))
        held = pack_labelled(frames[-HELD_BACK:])
        directory = options.out / f"{label}-{molecule}"
        model = trained(make, frames[:-HELD_BACK], rate, 0, TRIAL * options.max_minutes, directory)
        error = force_errors(predict_forces(model, held), held)["forces"]
        shares.append(error / float(held.atom_rows["forces"].abs().mean()))
    return sum(shares) / len(shares)


def _run(
    make: Make, molecule: str, count: int, rate: float, seed: int, label: str, options: argparse.Namespace
) -> dict[str, Any]:
    frames = list(RevisedMD17(options.data, molecule, "train"))[:count]
    directory = options.out / f"final-{label}"
    model = trained(make, frames, rate, seed, options.max_minutes, directory)
    unseen = pack_labelled(list(RevisedMD17(options.data, molecule, "test")))
    errors = force_errors(predict_forces(model, unseen), unseen)
    parameters = sum(p.numel() for p in model.parameters())
    told = {"rate": rate, "parameters": parameters, "steps": steps(directory), "losses": short_losses(directory)}
    return {**told, **{target: 1000 * error for target, error in errors.items()}}
