"""MolField as an ASE calculator."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from ase import Atoms
from ase.calculators.calculator import Calculator, all_changes
from torch import Tensor

from torch_molfield.calculators.atoms import to_tensors
from torch_molfield.calculators.compiled import CompiledForces
from torch_molfield.calculators.electrons import ElectronCount
from torch_molfield.calculators.physics import check_distances, committee_forces
from torch_molfield.calculators.results import Told, taken_apart
from torch_molfield.calculators.settings import check_committee, check_settings, usable_device, usable_dtype
from torch_molfield.calculators.surfaces import SurfaceField, SurfaceSource
from torch_molfield.data.validation import check_atoms, check_elements
from torch_molfield.evaluation.chunks import chunks_by_size
from torch_molfield.models import EnergyMolField
from torch_molfield.nn.heads.energy_model import Molecules, arrange

#: what can be done about an element that the models do not know
REMEDY = "train it on them, or make the calculator with unknown_elements='allow'"
CPU = torch.device("cpu")


class _Last(NamedTuple):
    """Atoms of the last prediction on the CPU, and the same on the device of the models."""

    z: Tensor
    batch: Tensor
    molecules: Molecules


class MolFieldCalculator(SurfaceSource, ElectronCount, Calculator):
    """ASE calculator of learned energies (eV), forces (eV/Å) and, if the model has them, charges (e) and dipoles (e Å).

    ``atoms.calc = MolFieldCalculator.from_pretrained("md-forces")``. With a committee of models, energies and forces
    are means, and :attr:`energy_std` (eV) and :attr:`forces_std` (eV/Å) standard deviations. :meth:`get_surface` and
    :meth:`get_field` give surfaces and fields around the atoms.

    The charge of the molecule (e) and its spin multiplicity are ``atoms.info["charge"]`` and ``atoms.info["spin"]``,
    unless given here; a change of either is a change of the system. No model here describes open shells, and only
    models with ``electrostatics`` describe ions: others give a warning.

    Args:
        models: one :class:`~torch_molfield.models.EnergyMolField` or a committee; they are copied.
        field: a :class:`~torch_molfield.models.MolField` of signed distances, for learned surfaces, or another field,
            see :class:`SurfaceSource`.
        charge, spin: of every system (e, 2S + 1), in place of those in ``atoms.info``.
        device: ``"cpu"``, ``"cuda"``, …
        dtype: of the network, float32 or float64; float64 takes about twice the time.
        compile: whether forces are compiled, see :class:`~torch_molfield.calculators.compiled.CompiledForces`; useful
            for thousands of steps of one molecule.
        unknown_elements: ``"refuse"`` or ``"allow"`` elements that the model was not trained on.
        ase: ``restart``, ``label``, ``directory`` and ``atoms`` of ASE's ``Calculator``.

    Raises:
        ValueError: for no model, models of different elements, an unknown setting, or a device that does not exist;
            when called, for malformed atoms.
        PropertyNotImplementedError: when called, for periodic boundary conditions.
    """

    def __init__(
        self,
        models: EnergyMolField | Sequence[EnergyMolField],
        *,
        field: SurfaceField | None = None,
        charge: float | None = None,
        spin: int | None = None,
        device: str | torch.device = "cpu",
        dtype: torch.dtype = torch.float32,
        compile: bool = False,  # noqa: A002 (as every calculator of this kind calls it)
        unknown_elements: str = "refuse",
        **ase: Any,
    ) -> None:
        check_settings(unknown_elements, ase)
        self.device, self.dtype = usable_device(device), usable_dtype(dtype)
        self.models = [self._own(model) for model in check_committee(models)]
        if unknown_elements == "allow":
            for model in self.models:
                model.elements = None
        self._forces = [CompiledForces(model) for model in self.models] if compile else self.models
        ElectronCount.__init__(self, charge, spin)
        self.spread: dict[str, Any] = {}
        self._last: _Last | None = None
        self._warned = False
        self.implemented_properties = ["energy", "free_energy", "forces"]
        if all(model.charges is not None for model in self.models):
            self.implemented_properties += ["charges", "dipole"]
        SurfaceSource.__init__(self, field)
        Calculator.__init__(self, **ase)

    @classmethod
    def from_pretrained(
        cls,
        names: str | Path | Sequence[str | Path],
        *,
        field: str | Path | None = None,
        **settings: Any,
    ) -> MolFieldCalculator:
        """Make a calculator from shipped names or folders.

        Args:
            names: one model of energies, or several for a committee.
            field: a model for learned surfaces, or the name of a closed-form field
                (:func:`~torch_molfield.calculators.named.named_field`).
            settings: further arguments of the constructor.

        Raises:
            FileNotFoundError: if there is no such model or field.
            ValueError: as the class.
        """
        from torch_molfield.calculators.named import named_field

        listed = [names] if isinstance(names, str | Path) else names
        models = [EnergyMolField.from_pretrained(name) for name in listed]
        return cls(models, field=None if field is None else named_field(str(field)), **settings)

    def calculate(
        self,
        atoms: Atoms | None = None,
        properties: Sequence[str] = ("energy",),
        system_changes: Sequence[str] = all_changes,
    ) -> None:
        """ASE's method: everything that the models predict for ``atoms`` is stored in ``results``."""
        # If something is wrong with the atoms, nothing must be left that they could be taken to have.
        self.results: dict[str, Any] = {}
        self.spread = {}
        Calculator.calculate(self, atoms, list(properties), list(system_changes))
        self._electrons = self._electrons_of(self.atoms)
        self._warn_of([self._electrons])
        z, pos, batch = to_tensors([self.atoms], CPU)
        if not self._are_last(z, batch):
            check_elements(z, batch, self.models[0].elements, REMEDY)
        check_distances(pos, batch)
        check_atoms(z, pos, batch)
        self.results, self.spread = self._predicted(z, pos, batch, [self._electrons[0]])[0]

    def calculate_batch(self, frames: Sequence[Atoms]) -> list[dict[str, Any]]:
        """Return the ``results`` of many systems in their order; of a committee also ``energy_std`` and ``forces_std``.

        Molecules of similar size are passed to the models together, so many that memory is bounded
        (:func:`~torch_molfield.evaluation.chunks.chunks_by_size`): by about 0.6 GB with the shipped model in float32,
        twice that in float64, and more only if a single molecule needs more.

        Raises:
            ValueError: as :meth:`calculate`; the message names the system, and nothing has been computed.
        """
        if isinstance(frames, Atoms):
            raise ValueError("calculate_batch takes a list of atoms objects; put a single one into a list.")
        if not len(frames):
            return []
        z, pos, batch = to_tensors(frames, CPU)
        check_atoms(z, pos, batch)
        check_elements(z, batch, self.models[0].elements, REMEDY)
        check_distances(pos, batch)
        electrons = [self._electrons_of(atoms) for atoms in frames]
        self._warn_of(electrons)
        results: list[dict[str, Any]] = [{} for _ in frames]
        for chunk in chunks_by_size([len(atoms) for atoms in frames]):
            tensors = to_tensors([frames[number] for number in chunk], CPU)
            charges = [electrons[number][0] for number in chunk]
            for number, told in zip(chunk, self._predicted(*tensors, charges), strict=True):
                results[number] = {**told.results, **told.spread}
        return results

    def reset(self) -> None:
        """Forget the last calculation."""
        super().reset()
        self.spread = {}

    @property
    def energy_std(self) -> float:
        """Standard deviation of the committee's energies in the last calculation, eV.

        Raises:
            ValueError: for a single model, or before any calculation.
        """
        return self._spread_of("energy_std")

    @property
    def forces_std(self) -> np.ndarray:
        """Standard deviation of the committee's forces in the last calculation, ``[N, 3]`` eV/Å.

        Raises:
            ValueError: for a single model, or before any calculation.
        """
        return self._spread_of("forces_std")

    def _own(self, model: Any) -> Any:
        return copy.deepcopy(model).to(self.device, self.dtype).eval()

    def _are_last(self, z: Tensor, batch: Tensor) -> bool:
        """Whether these are the atoms of the last prediction, which may have moved."""
        return self._last is not None and torch.equal(z, self._last.z) and torch.equal(batch, self._last.batch)

    def _predicted(self, z: Tensor, pos: Tensor, batch: Tensor, charges: Sequence[float]) -> list[Told]:
        """Of each molecule, checked and on the CPU; what depends on elements only is kept from step to step."""
        if self._last is None or not self._are_last(z, batch):
            self._last = _Last(z, batch, arrange(z.to(self.device), batch.to(self.device)))
        charge = torch.tensor(charges, dtype=torch.float64, device=self.device)
        found = committee_forces(self._forces, self._last.molecules, pos.to(self.device), charge)
        return taken_apart(found, np.bincount(batch).tolist())

    def _warn_of(self, electrons: Sequence[tuple[float, int]]) -> None:
        ions = all(model.electrostatics is not None for model in self.models)
        strange = next((pair for pair in electrons if pair[1] != 1 or (pair[0] and not ions)), None)
        if strange is not None and not self._warned:
            self._warned = True
            trained, what = ("closed-shell", "multiplicity") if ions else ("neutral closed-shell", "either")
            warnings.warn(
                f"charge {strange[0]:g} and multiplicity {strange[1]}: the model was trained on {trained} "
                f"molecules; energies and forces do not depend on {what}.",
                stacklevel=3,
            )

    def _spread_of(self, name: str) -> Any:
        if name not in self.spread:
            raise ValueError(f"there is no {name} yet; it needs a committee of models and a calculation.")
        return self.spread[name]
