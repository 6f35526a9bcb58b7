"""GFN2-xTB as an ASE calculator that treats charge and spin as the others here do."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import torch
from ase import Atoms
from ase.calculators.calculator import CalculationFailed, Calculator, InputError, all_changes

from torch_molfield.calculators.atoms import to_tensors
from torch_molfield.calculators.electrons import ElectronCount
from torch_molfield.calculators.physics import check_distances
from torch_molfield.data.element_tables import SYMBOLS
from torch_molfield.embedding.xtb import make_xtb

#: radon; GFN2-xTB has parameters up to it
LAST_ELEMENT = 86


class GFN2Calculator(ElectronCount, Calculator):
    """ASE calculator of GFN2-xTB, for the elements H to Rn.

    Energies (eV), forces (eV/Å), charges (e) and dipoles (e Å, about the centroid). The charge (e) and the multiplicity
    (2S + 1) are ``atoms.info["charge"]`` and ``atoms.info["spin"]``, unless given here. An odd number of electrons
    without a multiplicity is taken for a doublet; radicals get a warning. tblite is loaded at the first molecule, and
    runs in one thread unless ``OMP_NUM_THREADS`` is set. Each calculation starts from the density of the last one.

    Args:
        charge, spin: of every system, in place of those in ``atoms.info``.
        ase: ``restart``, ``label``, ``directory`` and ``atoms`` of ASE's ``Calculator``.

    Raises:
        ImportError: when called, if tblite is not installed, with the remedy.
        ValueError: when called, for malformed atoms, an element beyond radon, a charge or spin that the molecule cannot
            have, or if the electrons do not converge.
        PropertyNotImplementedError: when called, for periodic boundary conditions.
    """

    implemented_properties = ["energy", "free_energy", "forces", "charges", "dipole"]

    def __init__(self, *, charge: float | None = None, spin: int | None = None, **ase: Any) -> None:
        ElectronCount.__init__(self, charge, spin)
        self._xtb: Any = None
        self._warned = False
        Calculator.__init__(self, **ase)

    def calculate(
        self,
        atoms: Atoms | None = None,
        properties: Sequence[str] = ("energy",),
        system_changes: Sequence[str] = all_changes,
    ) -> None:
        """ASE's method: energy, forces, charges and dipole of ``atoms`` are stored in ``results``."""
        self.results: dict[str, Any] = {}
        Calculator.calculate(self, atoms, list(properties), list(system_changes))
        _check(self.atoms)
        self._electrons = self._electrons_of(self.atoms)
        charge, spin = self._possible(*self._electrons)
        if self._xtb is None:
            self._xtb = make_xtb(charge, spin)
        self._xtb.set(charge=charge, multiplicity=spin)
        bare = Atoms(self.atoms.numbers, self.atoms.positions)
        try:
            self._xtb.calculate(bare, ["energy"], self._xtb.check_state(bare))
        except (CalculationFailed, InputError) as error:
            self._xtb = None
            raise ValueError(
                f"GFN2-xTB fails with charge {charge:g} and multiplicity {spin} ({error}); check these two and the "
                "geometry."
            ) from error
        told = self._xtb.results
        self.results = {name: told[name] for name in self.implemented_properties if name in told}
        self.results["dipole"] = told["dipole"] - charge * self.atoms.positions.mean(0)

    def __getstate__(self) -> dict[str, Any]:
        """Copies load tblite anew."""
        return {**self.__dict__, "_xtb": None}

    def _possible(self, charge: float, spin: int) -> tuple[float, int]:
        """Charge and multiplicity that go together with the number of electrons.

        Raises:
            ValueError: for those that do not.
        """
        electrons = float(self.atoms.numbers.sum()) - charge
        if charge != round(charge) or electrons < 1:
            raise ValueError(
                f"charge must be a whole number that leaves {self.atoms.get_chemical_formula()} an electron at least, "
                f"got {charge:g}; set atoms.info['charge']."
            )
        odd = int(electrons) % 2
        if odd != (spin - 1) % 2:
            if self.spin is not None or "spin" in self.atoms.info:
                raise ValueError(
                    f"multiplicity {spin} does not go with {electrons:.0f} electrons; give an "
                    f"{'even' if odd else 'odd'} one, or another charge."
                )
            spin = 2
        if spin > 1 and not self._warned:
            self._warned = True
            warnings.warn(
                f"{self.atoms.get_chemical_formula()} with charge {charge:g} is computed as a radical of multiplicity "
                f"{spin}; if that is not meant, set atoms.info['charge']. GFN2-xTB has no spin polarisation: do not "
                "compare multiplicities.",
                stacklevel=4,
            )
        return charge, spin


def _check(atoms: Atoms) -> None:
    _, pos, batch = to_tensors([atoms], torch.device("cpu"))
    unknown = sorted({int(number) for number in atoms.numbers if number > LAST_ELEMENT})
    if unknown:
        named = ", ".join(f"{SYMBOLS[number - 1]} ({number})" for number in unknown)
        raise ValueError(f"GFN2-xTB does not know {named}; its elements are H to Rn. Take another calculator.")
    if not torch.isfinite(pos).all():
        raise ValueError("positions have NaN or infinity; repair the geometry.")
    check_distances(pos, batch)
