"""What all protocols are given, and results that are computed once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from once import once

from torch_molfield.fields import SignedDistanceField


@dataclass(frozen=True)
class Setting:
    """Options of the benchmark.

    Attributes:
        data, out: folder of the public data sets; folder of trainings and results.
        surface: ``"ses"`` or ``"vdw"``.
        molecules: of revised MD17.
        minutes: of one MolField training.
        dsr_minutes: of one DSR fit to one trajectory.
        count: unseen frames that are scored, a molecule.
        seeds: of trainings that are repeated.
        device: of trainings; surfaces are compared on the CPU.
    """

    data: Path
    out: Path
    surface: str
    molecules: tuple[str, ...]
    minutes: float
    dsr_minutes: float
    count: int
    seeds: tuple[int, ...]
    device: str

    @property
    def field(self) -> SignedDistanceField:
        return SignedDistanceField(self.surface)

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        """The JSON-like result of ``make``, from ``OUT/results/NAME.json`` where an earlier run has left it."""
        return once(self.out, name, make)
