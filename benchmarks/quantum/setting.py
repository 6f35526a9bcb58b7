"""What all protocols are given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from once import once
from torch import Tensor

from torch_molfield.data import QM9
from torch_molfield.data.datasets.under14 import over15, under14
from torch_molfield.geometry.packed import PackedMolecules

TARGET = "atomization"
#: eV to kcal/mol
KCAL = 23.0605


@dataclass(frozen=True)
class Setting:
    """Options of the benchmark.

    Attributes:
        data, out: folder of the public data sets; folder of trainings and results.
        quadrature: a trained quadrature model, a folder or a shipped name; ``None`` leaves it out.
        models: names in :data:`quantum.trainings.MODELS`.
        minutes: of one training.
        test, large: molecules of at most 14 atoms, and of more, that are scored; ``None`` for all.
        seed: of trainings.
    """

    data: Path
    out: Path
    quadrature: str | None
    models: tuple[str, ...]
    minutes: float
    test: int | None
    large: int | None
    seed: int

    @property
    def archive(self) -> Path:
        """The published weights, ids and predictions."""
        return self.data / "qdf" / "reference_under14.npz"

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        return once(self.out, name, make)

    def small(self, part: Any, size: int | None = None) -> PackedMolecules:
        """A part of the published split, with atomization energies (eV)."""
        return packed(under14(self.data, part, size))

    def larger(self) -> PackedMolecules:
        """Molecules of at least 15 atoms."""
        return packed(over15(self.data, self.large))


def packed(molecules: QM9) -> PackedMolecules:
    return PackedMolecules(molecules, [TARGET])


def by_size(error: Tensor, molecules: PackedMolecules) -> dict[str, dict[str, float]]:
    """Mean absolute error (eV) by number of atoms, and how many molecules there are."""
    count = molecules.start.diff()
    chosen = {int(n): error[count == n].abs() for n in torch.unique(count)}
    return {str(n): {"count": len(e), "mae": float(e.mean())} for n, e in chosen.items()}
