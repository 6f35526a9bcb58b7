"""MolField as an ASE calculator."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from ase import Atoms
from ase.calculators.calculator import Calculator, all_changes

from torch_molfield.calculators.atoms import charge_of, multiplicity_of, to_tensors
from torch_molfield.calculators.compiled import CompiledForces
from torch_molfield.calculators.physics import committee_forces
from torch_molfield.calculators.surfaces import SurfaceSource
from torch_molfield.models import EnergyMolField, MolField

Floats = np.ndarray


class MolFieldCalculator(SurfaceSource, Calculator):
    """Energies (eV), forces (eV/Å) and, where the model has them, charges (e) and dipoles (e Å) of molecules.

    ``atoms.calc = MolFieldCalculator.from_pretrained("md-forces")``. Of a committee energies and forces are means, and
    :attr:`energy_std` (eV) and :attr:`forces_std` (eV/Å) standard deviations. :meth:`get_surface` and
    :meth:`get_field` give the surface and the field around the atoms.

    The charge of the molecule (e) and its spin multiplicity are ``atoms.info["charge"]`` and ``atoms.info["spin"]``,
    unless given here; a change of either is a change of the system. No model here knows ions or open shells: it warns.

    Args:
        models: one :class:`~torch_molfield.models.EnergyMolField` or a committee; they are copied.
        field: a :class:`~torch_molfield.models.MolField` of signed distances, for learned surfaces.
        charge, spin: of every system, in place of those in ``atoms.info``.
        device: ``"cpu"``, ``"cuda"``, …
        dtype: of the network; float64 costs about twice the time.
        compile: whether forces are compiled, see :class:`~torch_molfield.calculators.compiled.CompiledForces`: worth it
            for thousands of steps of a molecule.
        unknown_elements: ``"refuse"`` elements that the model has not seen, or ``"allow"`` them.

    Raises:
        ValueError: for no model, models of different elements, or an unknown setting; when called, for malformed atoms.
        PropertyNotImplementedError: when called, for periodic boundary conditions.
    """

    def __init__(
        self,
        models: EnergyMolField | Sequence[EnergyMolField],
        *,
        field: MolField | None = None,
        charge: float | None = None,
        spin: int | None = None,
        device: str | torch.device = "cpu",
        dtype: torch.dtype = torch.float32,
        compile: bool = False,  # noqa: A002 (as every calculator of this kind calls it)
        unknown_elements: str = "refuse",
        **ase: Any,
    ) -> None:
        if unknown_elements not in ("refuse", "allow"):
            raise ValueError(f"unknown_elements must be 'refuse' or 'allow', got {unknown_elements!r}.")
        if dtype not in (torch.float32, torch.float64):
            raise ValueError(f"dtype must be torch.float32 or torch.float64, got {dtype}.")
        self.device, self.dtype = torch.device(device), dtype
        given = [models] if isinstance(models, EnergyMolField) else list(models)
        self.models = [self._own(model) for model in given]
        _check_committee(self.models)
        if unknown_elements == "allow":
            for model in self.models:
                model.elements = None
        self._forces = [CompiledForces(model) for model in self.models] if compile else self.models
        self.charge, self.spin = charge, spin
        self.spread: dict[str, Any] = {}
        self._electrons: tuple[float, int] | None = None
        self._warned = False
        self.implemented_properties = ["energy", "free_energy", "forces"]
        if all(model.charges is not None for model in self.models):
            self.implemented_properties += ["charges", "dipole"]
        SurfaceSource.__init__(self, None if field is None else self._own(field))
        Calculator.__init__(self, **ase)

    @classmethod
    def from_pretrained(
        cls,
        names: str | Path | Sequence[str | Path],
        *,
        field: str | Path | None = None,
        **settings: Any,
    ) -> MolFieldCalculator:
        """A calculator from shipped names or folders: of a model or of a committee, and of a field for surfaces."""
        listed = [names] if isinstance(names, str | Path) else names
        models = [EnergyMolField.from_pretrained(name) for name in listed]
        learned = None if field is None else MolField.from_pretrained(field)
        return cls(models, field=learned, **settings)

    def calculate(
        self,
        atoms: Atoms | None = None,
        properties: Sequence[str] = ("energy",),
        system_changes: Sequence[str] = all_changes,
    ) -> None:
        """As ASE has it: everything that the models tell of ``atoms`` goes into ``results``."""
        Calculator.calculate(self, atoms, list(properties), list(system_changes))
        self._electrons = self._electrons_of(self.atoms)
        self.results, self.spread = self._told([self.atoms])[0]

    def calculate_batch(self, frames: Sequence[Atoms]) -> list[dict[str, Any]]:
        """``results`` of many systems in one call of each model; of a committee with ``energy_std`` and
        ``forces_std``."""
        return [{**results, **spread} for results, spread in self._told(frames)] if len(frames) else []

    def check_state(self, atoms: Atoms, tol: float = 1e-15) -> list[str]:
        """What has changed since the last calculation; ``"info"`` for charge or spin."""
        changes = list(super().check_state(atoms, tol=tol))
        if self._electrons is not None and self._electrons != self._electrons_of(atoms):
            changes.append("info")
        return changes

    @property
    def energy_std(self) -> float:
        """Standard deviation of the committee's energies at the last calculation, eV."""
        return self._spread_of("energy_std")

    @property
    def forces_std(self) -> Floats:
        """That of the forces ``[N, 3]``, eV/Å."""
        return self._spread_of("forces_std")

    def _own(self, model: Any) -> Any:
        return copy.deepcopy(model).to(self.device, self.dtype).eval()

    def _electrons_of(self, atoms: Atoms) -> tuple[float, int]:
        return charge_of(atoms, self.charge), multiplicity_of(atoms, self.spin)

    def _told(self, frames: Sequence[Atoms]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        electrons = [self._electrons_of(atoms) for atoms in frames]
        self._warn_of(electrons)
        z, pos, batch = to_tensors(frames, self.dtype, self.device)
        charge = torch.tensor([charge for charge, _ in electrons], dtype=torch.float64, device=self.device)
        found = committee_forces(self._forces, z, pos, batch, charge)
        sizes = [len(atoms) for atoms in frames]
        return [_as_results(each) for each in _taken_apart(found, sizes)]

    def _warn_of(self, electrons: Sequence[tuple[float, int]]) -> None:
        strange = next((pair for pair in electrons if pair != (0.0, 1)), None)
        if strange is not None and not self._warned:
            self._warned = True
            warnings.warn(
                f"charge {strange[0]:g} and multiplicity {strange[1]}: the model was trained on neutral closed-shell "
                "molecules; energies and forces do not depend on either.",
                stacklevel=4,
            )

    def _spread_of(self, name: str) -> Any:
        if name not in self.spread:
            raise ValueError(f"there is no {name}: it takes a committee of models and a calculation.")
        return self.spread[name]


def _check_committee(models: Sequence[EnergyMolField]) -> None:
    if not models:
        raise ValueError("a calculator needs at least one model.")
    for number, model in enumerate(models):
        if model.elements != models[0].elements:
            raise ValueError(
                f"model {number} of the committee knows the elements {model.elements}, the first one "
                f"{models[0].elements}; train them on the same elements."
            )


def _taken_apart(found: dict[str, torch.Tensor], sizes: Sequence[int]) -> list[dict[str, Floats]]:
    """Rows of each molecule: of atoms where a name's rows are those of atoms, of the molecule otherwise."""
    of_atoms = {"forces", "forces_std", "charges"}
    columns = {
        name: rows.cpu().double().split(list(sizes) if name in of_atoms else [1] * len(sizes))
        for name, rows in found.items()
    }
    return [
        {name: (rows[k] if name in of_atoms else rows[k][0]).numpy() for name, rows in columns.items()}
        for k in range(len(sizes))
    ]


def _as_results(told: dict[str, Floats]) -> tuple[dict[str, Any], dict[str, Any]]:
    """ASE's results, and the spread of the committee, which ASE's files have no place for."""
    values: dict[str, Any] = {name: float(rows) if rows.ndim == 0 else rows for name, rows in told.items()}
    spread: dict[str, Any] = {name: values.pop(name) for name in ("energy_std", "forces_std") if name in values}
    values["free_energy"] = values["energy"]
    return values, spread
