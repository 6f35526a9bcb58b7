"""Property networks trained alike: the same molecules, loss, optimiser, schedule, batch and references."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch.callbacks import Callback
from once import once, plain

from peers.log import short_losses, steps
from torch_molfield.data import QM9
from torch_molfield.nn.references import PropertyModel
from torch_molfield.training import PropertyTask, PropertyTraining, mean_errors, predict_properties
from torch_molfield.training.molecule_batches import MoleculeBatches
from torch_molfield.training.packed import PackedMolecules
from torch_molfield.training.progress import quiet_lightning
from torch_molfield.training.targets import find_targets, target_values
from torch_molfield.training.trainer import begin, fit

#: the usual targets of QM9
TWELVE = ("mu", "alpha", "homo", "lumo", "gap", "r2", "zpve", "U0", "U", "H", "G", "Cv")
#: makes a network; called after the seed is set
Make = Callable[[], PropertyModel]
#: of a network in several sizes, by the name of the size
Sizes = dict[str, Make]
#: share of the time that a trial of a learning rate gets
TRIAL = 0.25


def labelled(data: Path, part: Any, size: int, targets: Sequence[str]) -> PackedMolecules:
    """The first ``size`` molecules of a part of QM9, with targets."""
    molecules = QM9(data, size=size, part=part)
    packed = PackedMolecules(molecules)
    packed.rows = target_values(molecules, find_targets(targets))
    return packed


def train(
    make: Make,
    packed: PackedMolecules,
    rate: float,
    seed: int,
    minutes: float,
    directory: Path,
    callbacks: Sequence[Callback] = (),
    device: str = "auto",
) -> PropertyModel:
    """A network trained for ``minutes`` in ``directory``, resumed if begun; on the CPU when it is done."""
    settings = PropertyTraining(targets=tuple(packed.rows), learning_rate=rate, max_minutes=minutes, seed=seed)
    resumed = begin(settings, directory, resume=True)
    torch.manual_seed(seed)
    model = make()
    owner = torch.arange(len(packed)).repeat_interleave(packed.start.diff())
    model.references.measure(packed.z, owner, packed.rows)
    task = PropertyTask(model, rate, None, settings.max_seconds, seed)
    quiet_lightning()
    batches = partial(_batches, packed, settings.batch_size)
    fit(task, batches, settings, directory, resumed, callbacks, accelerator=device)
    return model.cpu().eval()


def _batches(packed: PackedMolecules, size: int, first: int, seed: int) -> MoleculeBatches:
    return MoleculeBatches(packed, size, seed, first)


def errors(model: PropertyModel, packed: PackedMolecules) -> dict[str, float]:
    """Mean absolute errors over all molecules, in the units of the targets."""
    return mean_errors(predict_properties(model, packed), packed.rows)


def scaled(found: dict[str, float], model: PropertyModel) -> float:
    """Mean over targets of error / scale."""
    scales = dict(zip((t.name for t in model.targets), model.references.scale.tolist(), strict=True))
    return sum(found[name] / scales[name] for name in found) / len(found)


def compare(
    networks: dict[str, Sizes], sets: dict[str, PackedMolecules], key: str, options: argparse.Namespace
) -> dict[str, dict[str, Any]]:
    """Every network in the best of its sizes, at the best of ``options.rates`` and with every seed: test errors.

    Size and rate are those of the lowest scaled error on the validation molecules after a quarter of ``max_minutes``.

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
            run_name = f"{label(name, size, key)}-{rate:g}-{seed}"
            run = once(options.out, run_name, partial(_run, sizes[size], sets, rate, seed, run_name, options))
            results.setdefault(name, {})[str(seed)] = {"size": size, **run}
    return results


def best(
    name: str, sizes: Sizes, sets: dict[str, PackedMolecules], key: str, options: argparse.Namespace
) -> tuple[str, float]:
    """``(size, rate)`` of the lowest error on ``sets["validation"]`` after a quarter of the time."""
    found = {}
    for size, make in sizes.items():
        for rate in options.rates:
            trial = f"tune-{label(name, size, key)}-{rate:g}"
            attempt = partial(_trial, make, sets, rate, options.out / trial, options)
            found[size, rate] = once(options.out, trial, attempt)
    return min(found, key=found.__getitem__)


def label(name: str, size: str, key: str) -> str:
    """The beginning of the names of a network's folders and results."""
    return plain(", ".join(filter(None, (name, size)))) + f"-{key}"


def _trial(
    make: Make, sets: dict[str, PackedMolecules], rate: float, directory: Path, options: argparse.Namespace
) -> float:
    """Scaled validation error after a trial."""
    model = train(make, sets["train"], rate, 0, TRIAL * options.max_minutes, directory, device=options.device)
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
