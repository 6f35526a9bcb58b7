"""Calculators whose results depend on the charge and the spin of the molecule."""

from __future__ import annotations

from ase import Atoms

from torch_molfield.calculators.atoms import charge_of, multiplicity_of


class ElectronCount:
    """Base of calculators whose results depend on charge and spin; to be listed before ASE's ``Calculator``.

    A change of either is a change of the system.

    Args:
        charge, spin: of every system (e, 2S + 1), in place of ``atoms.info["charge"]`` and ``atoms.info["spin"]``.
    """

    def __init__(self, charge: float | None, spin: int | None) -> None:
        self.charge, self.spin = charge, spin
        self._electrons: tuple[float, int] | None = None

    def reset(self) -> None:
        """Forget the last calculation."""
        super().reset()  # type: ignore[misc]
        self._electrons = None

    def check_state(self, atoms: Atoms, tol: float = 1e-15) -> list[str]:
        """What has changed since the last calculation; ``"info"`` for charge or spin."""
        changes = list(super().check_state(atoms, tol=tol))  # type: ignore[misc]
        if self._electrons is not None and self._electrons != self._electrons_of(atoms):
            changes.append("info")
        return changes

    def _electrons_of(self, atoms: Atoms) -> tuple[float, int]:
        return charge_of(atoms, self.charge), multiplicity_of(atoms, self.spin)
