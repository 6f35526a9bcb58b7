"""One call that trains EnergyMolField."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch.callbacks import Callback
from torch_geometric.data import Data

from torch_molfield.geometry.packed import PackedMolecules
from torch_molfield.models import EnergyMolField
from torch_molfield.models.pretrained import Pretrained, check_keys
from torch_molfield.nn.heads.energy_model import EnergyModel
from torch_molfield.training.batches.molecules import MoleculeBatches
from torch_molfield.training.engine.settings import TrainingSettings
from torch_molfield.training.engine.trainer import begin, fit
from torch_molfield.training.tasks.forces_task import ForceFieldTask


@dataclass(frozen=True, kw_only=True)
class ForceFieldTraining(TrainingSettings):
    """Settings of :func:`train_force_field`; ``energy_weight`` and ``charge_weight`` as in
    :class:`~torch_molfield.training.ForceFieldTask`, ``model`` changes settings of :class:`EnergyMolField`."""

    learning_rate: float = 5e-3
    batch_size: int = 5
    energy_weight: float = 0.05
    charge_weight: float = 0.1
    workers: int = 0
    model: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_positive("learning_rate", "batch_size")
        self.require_not_negative("energy_weight", "charge_weight")
        check_keys(EnergyMolField, self.model, "the settings of the model")


def train_force_field(
    settings: ForceFieldTraining,
    molecules: Sequence[Data],
    directory: str | Path,
    resume: bool = False,
    callbacks: Sequence[Callback] = (),
    progress_bar: bool = True,
    model: EnergyModel | None = None,
    **hardware: Any,
) -> EnergyModel:
    """Train an :class:`EnergyMolField` on ``molecules`` and write it to ``directory``.

    Files, checkpoints, resume and ``hardware`` (accelerator, devices, strategy, num_nodes) as in
    :func:`~torch_molfield.training.train_surface`. What is written and returned has the averaged weights.

    Args:
        molecules: with ``energy [1]`` eV and ``forces [N, 3]`` eV/Å; for a model of charges also ``charges [N]`` e and
            ``dipole [1, 3]`` e Å.
        model: to train in place of a new one of ``settings.model``, from its weights on but with new references. It is
            written if it can be.

    Raises:
        ValueError: for a molecule that lacks one of these, or has a value that is not finite.
    """
    directory = Path(directory)
    if model is not None and settings.model:
        raise ValueError("the settings of the model are those of the model that is given; leave settings.model empty.")
    charged = settings.model.get("charges") if model is None else getattr(model, "charges", None) is not None
    packed = pack_labelled(molecules, bool(charged))
    resumed = begin(settings, directory, resume, molecules=packed)
    if model is None:
        model = EnergyMolField(**{"elements": torch.unique(packed.z).tolist(), **settings.model})
    owner = torch.arange(len(packed)).repeat_interleave(packed.start.diff())
    model.measure(packed.z, owner, packed.rows["energy"], packed.atom_rows["forces"])
    task = ForceFieldTask(
        model,
        settings.learning_rate,
        settings.max_steps,
        settings.max_seconds,
        settings.energy_weight,
        settings.charge_weight,
        settings.seed,
    )
    batches = partial(_batches, settings, packed)
    trainer = fit(task, batches, settings, directory, resumed, callbacks, progress_bar=progress_bar, **hardware)
    best = task.best()
    if trainer.is_global_zero and isinstance(best, Pretrained):
        best.save_pretrained(directory)
    return best.eval()


def pack_labelled(molecules: Sequence[Data], charged: bool = False) -> PackedMolecules:
    """Molecules with energies and forces, and with charges and dipoles where these are wanted.

    Raises:
        ValueError: where a molecule lacks one, or has one that is not finite.
    """
    names, atom_names = ["energy"], ["forces"]
    if charged:
        names, atom_names = [*names, "dipole"], [*atom_names, "charges"]
    packed = PackedMolecules(molecules, names, atom_names)
    owner = torch.arange(len(packed)).repeat_interleave(packed.start.diff())
    for name, rows in {**packed.rows, **packed.atom_rows}.items():
        finite = torch.isfinite(rows).flatten(1).all(1) if rows.dim() > 1 else torch.isfinite(rows)
        if not bool(finite.all()):
            row = int((~finite).nonzero()[0])
            molecule = row if name in packed.rows else int(owner[row])
            raise ValueError(f"molecule {molecule}: {name!r} has NaN or infinity; leave that molecule out.")
    return packed


def _batches(settings: ForceFieldTraining, molecules: PackedMolecules, first: int, seed: int) -> MoleculeBatches:
    return MoleculeBatches(molecules, settings.batch_size, seed, first)
