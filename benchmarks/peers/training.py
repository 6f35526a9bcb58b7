"""Property networks trained alike: the same molecules, loss, optimiser, schedule, batch and references."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from lightning.pytorch.callbacks import Callback

from torch_molfield.data import QM9
from torch_molfield.data.properties import find_targets, target_values
from torch_molfield.evaluation.properties import mean_errors, predict_properties
from torch_molfield.geometry.packed import PackedMolecules
from torch_molfield.nn.heads.references import PropertyModel
from torch_molfield.training import PropertyTraining
from torch_molfield.training import train as train_task
from torch_molfield.training.engine.progress import quiet_lightning
from torch_molfield.training.tasks.property import PropertyTask

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


class PackedProperties(PropertyTask):
    """Properties of molecules that are packed already, learned by any network.

    Args:
        make: makes the network, unless ``model`` is given.
    """

    def __init__(
        self, settings: PropertyTraining, model: PropertyModel | None = None, make: Make | None = None
    ) -> None:
        super().__init__(settings, model)
        self.make = make

    def prepare(self, molecules: PackedMolecules) -> PackedMolecules:
        return molecules

    def make_model(self, data: PackedMolecules) -> PropertyModel:
        return self.make()


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
    quiet_lightning()
    task = PackedProperties(settings, make=make)
    return train_task(task, packed, directory=directory, resume=True, callbacks=callbacks, accelerator=device).cpu()


def errors(model: PropertyModel, packed: PackedMolecules) -> dict[str, float]:
    """Mean absolute errors over all molecules, in the units of the targets."""
    return mean_errors(predict_properties(model, packed), packed.rows)


def scaled(found: dict[str, float], model: PropertyModel) -> float:
    """Mean over targets of error / scale."""
    scales = dict(zip((t.name for t in model.targets), model.references.scale.tolist(), strict=True))
    return sum(found[name] / scales[name] for name in found) / len(found)
