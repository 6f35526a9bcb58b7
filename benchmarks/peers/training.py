"""Property networks trained alike: the same molecules, loss, optimiser, schedule, batch and references."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch.callbacks import Callback

from torch_molfield.data import QM9
from torch_molfield.data.properties import find_targets, target_values
from torch_molfield.geometry.packed import PackedMolecules
from torch_molfield.nn.heads.references import PropertyModel
from torch_molfield.training import PropertyTask, PropertyTraining, mean_errors, predict_properties
from torch_molfield.training.batches.molecules import MoleculeBatches
from torch_molfield.training.engine.progress import quiet_lightning
from torch_molfield.training.engine.train import begin, fit

#: the usual targets of QM9
TWELVE = ("mu", "alpha", "homo", "lumo", "gap", "r2", "zpve", "U0", "U", "H", "G", "Cv")
#: makes a network; called after the seed is set
Make = Callable[[], PropertyModel]


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
