"""Surfaces and fields around the atoms of any ASE calculator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from ase import Atoms
from ase.calculators.calculator import Calculator, all_changes

from torch_molfield.calculators.settings import usable_device
from torch_molfield.calculators.surfaces import SurfaceField, SurfaceSource


class FieldCalculator(SurfaceSource, Calculator):
    """An ASE calculator of one's choice (tblite, MACE, AIMNet2, ANI, …) that tells surfaces and fields too.

    ``atoms.calc = FieldCalculator(base)``: energy, forces and all else are those of ``base``; :meth:`get_surface`,
    :meth:`get_field` and :meth:`get_function` are as of :class:`MolFieldCalculator`. What depends on the calculator's
    own state, such as the spread of a committee, is at :attr:`base`.

    Args:
        base: an ASE calculator; it is used, not copied.
        field: what ``kind="field"`` and ``kind="learned"`` stand for, see :class:`SurfaceSource`.
        device: of fields and models of them.

    Raises:
        ValueError: for a base that is no calculator, or a field that is none.
    """

    def __init__(self, base: Any, *, field: SurfaceField | None = None, device: str | torch.device = "cpu") -> None:
        if isinstance(base, type) or not hasattr(base, "get_property"):
            raise ValueError(f"the base is {base!r}, not an ASE calculator; give an object that has get_property.")
        self.base = base
        self.device = usable_device(device)
        SurfaceSource.__init__(self, field)
        Calculator.__init__(self)

    @property
    def implemented_properties(self) -> list[str]:  # type: ignore[override]
        """Those of the base."""
        return list(getattr(self.base, "implemented_properties", ()))

    def calculate(
        self,
        atoms: Atoms | None = None,
        properties: Sequence[str] = ("energy",),
        system_changes: Sequence[str] = all_changes,
    ) -> None:
        """As ASE has it: the base computes, and its results are these."""
        self.results: dict[str, Any] = {}
        Calculator.calculate(self, atoms, list(properties), list(system_changes))
        asked = {name: self.base.get_property(name, self.atoms) for name in properties}
        self.results = {**getattr(self.base, "results", {}), **asked}

    def check_state(self, atoms: Atoms, tol: float = 1e-15) -> list[str]:
        """What has changed since the last calculation; of the base too, which may look at ``atoms.info``."""
        changes = list(super().check_state(atoms, tol=tol))
        if hasattr(self.base, "check_state"):
            changes += [change for change in self.base.check_state(atoms, tol=tol) if change not in changes]
        return changes

    def reset(self) -> None:
        """Forget the last calculation, of the base too."""
        super().reset()
        if hasattr(self.base, "reset"):
            self.base.reset()
