"""GFN2-xTB of one molecule: what tblite says at positions on the grid that files keep."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from ase.units import Bohr, Hartree
from tblite.interface import Calculator

#: Å and e; positions are rounded before anything is computed, so that rounding makes no error
STEP, CHARGE_STEP = 1.0e-3, 1.0e-4
#: eV/Å; beyond, no molecule
MAX_FORCE = 20.0


class Structure(NamedTuple):
    """Positions in steps of ``STEP`` ``[N, 3]`` int16 about their centroid, and eV, eV/Å, e, e Å about the centroid."""

    pos: np.ndarray
    energy: float
    forces: np.ndarray
    charges: np.ndarray
    dipole: np.ndarray
    homo: float
    lumo: float


class GFN2:
    """A closed-shell molecule of atomic numbers ``[N]`` and charge (e); each call begins at the last density."""

    def __init__(self, numbers: np.ndarray, charge: int) -> None:
        self.numbers, self.charge = np.asarray(numbers), int(charge)
        self.calls = 0
        self._calculator = self._result = None

    def __call__(self, positions: np.ndarray) -> Structure:
        """At positions ``[N, 3]`` Å, rounded.

        Raises:
            ValueError: where the electrons do not converge, or a force exceeds ``MAX_FORCE``.
        """
        steps = np.round(positions / STEP)
        steps = np.round(steps - np.round(steps.mean(0)))
        if np.abs(steps).max() > np.iinfo(np.int16).max:
            raise ValueError("larger than the grid of positions")
        x = steps * STEP
        result = self._computed(x / Bohr)
        forces = -result.get("gradient") * Hartree / Bohr
        if not np.isfinite(forces).all() or np.linalg.norm(forces, axis=1).max() > MAX_FORCE:
            raise ValueError("forces beyond all molecules")
        levels = result.get("orbital-energies") * Hartree
        highest = int(np.flatnonzero(result.get("orbital-occupations") > 1.0)[-1])
        return Structure(
            steps.astype(np.int16),
            float(result.get("energy") * Hartree),
            forces,
            result.get("charges"),
            result.get("dipole") * Bohr - self.charge * x.mean(0),
            float(levels[highest]),
            float(levels[highest + 1]) if highest + 1 < len(levels) else np.nan,
        )

    def _computed(self, bohr: np.ndarray):
        self.calls += 1
        if self._calculator is None:
            self._calculator = Calculator("GFN2-xTB", self.numbers, bohr, self.charge, 0)
            self._calculator.set("verbosity", 0)
        else:
            self._calculator.update(positions=bohr)
        try:
            self._result = self._calculator.singlepoint(self._result)
        except RuntimeError:
            if self._result is None:
                raise ValueError("electrons do not converge") from None
            self._result = None  # once more, without the last density
            return self._computed(bohr)
        return self._result
