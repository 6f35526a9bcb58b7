"""Surfaces and fields around the atoms of any ASE calculator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from ase import Atoms
from ase.calculators.calculator import Calculator, all_changes

from torch_molfield.calculators.atoms import charge_of
from torch_molfield.calculators.density_properties import PROPERTIES, DensityProperties
from torch_molfield.calculators.settings import usable_device
from torch_molfield.calculators.surfaces import SurfaceField, SurfaceSource
from torch_molfield.models import ElectronDensityMolField


class FieldCalculator(SurfaceSource, Calculator):
    """Any ASE calculator (tblite, MACE, AIMNet2, ANI, …), with surfaces and fields around the atoms.

    ``atoms.calc = FieldCalculator(base)``: energy, forces and all other results are those of ``base``;
    :meth:`get_surface`, :meth:`get_field` and :meth:`get_function` are those of :class:`MolFieldCalculator`. The
    calculator itself, with any state of its own such as the spread of a committee, is :attr:`base`.

    Args:
        base: an ASE calculator; it is used, not copied.
        field: the field for ``kind="field"`` and ``kind="learned"``, see :class:`SurfaceSource`.
        density: a model of electron densities, such as ``organic-density``. Charges (Hirshfeld's) and the dipole about
            the centroid are then its, in place of those of ``base``, for the charge ``atoms.info["charge"]``.
        device: of fields and their models.

    Raises:
        ValueError: for a base that is not an ASE calculator, an object that is not a field, or a density that is not
            such a model.
    """

    def __init__(
        self,
        base: Any,
        *,
        field: SurfaceField | None = None,
        density: ElectronDensityMolField | None = None,
        device: str | torch.device = "cpu",
    ) -> None:
        if isinstance(base, type) or not hasattr(base, "get_property"):
            raise ValueError(f"the base is {base!r}, not an ASE calculator; give an object that has get_property.")
        self.base = base
        self.device = usable_device(device)
        self._density = None if density is None else DensityProperties(density, self.device)
        self._charge = 0.0
        SurfaceSource.__init__(self, field)
        Calculator.__init__(self)

    @property
    def implemented_properties(self) -> list[str]:  # type: ignore[override]
        """Properties of the base and of the density."""
        told = list(getattr(self.base, "implemented_properties", ()))
        return told + [name for name in self._of_density if name not in told]

    @property
    def _of_density(self) -> tuple[str, ...]:
        return () if self._density is None else PROPERTIES

    def calculate(
        self,
        atoms: Atoms | None = None,
        properties: Sequence[str] = ("energy",),
        system_changes: Sequence[str] = all_changes,
    ) -> None:
        """ASE's method: the base computes the results; a density is computed if it is asked for."""
        self.results: dict[str, Any] = {}
        Calculator.calculate(self, atoms, list(properties), list(system_changes))
        own = self._of_density
        asked = {name: self.base.get_property(name, self.atoms) for name in properties if name not in own}
        told = {**getattr(self.base, "results", {}), **asked}
        self.results = {name: value for name, value in told.items() if name not in own}
        if self._density is not None:
            self._charge = charge_of(self.atoms)
            if set(own) & set(properties):
                self.results |= self._density(self.atoms)

    def check_state(self, atoms: Atoms, tol: float = 1e-15) -> list[str]:
        """Return what has changed since the last calculation, also for the base, which may depend on ``atoms.info``."""
        changes = list(super().check_state(atoms, tol=tol))
        if hasattr(self.base, "check_state"):
            changes += [change for change in self.base.check_state(atoms, tol=tol) if change not in changes]
        if self._density is not None and charge_of(atoms) != self._charge:
            changes.append("info")
        return changes

    def reset(self) -> None:
        """Forget the last calculation, also that of the base."""
        super().reset()
        if hasattr(self.base, "reset"):
            self.base.reset()
