"""Charges and multipoles of a learned electron density as attributes of molecules."""

from __future__ import annotations

import copy
from abc import abstractmethod
from pathlib import Path

import torch
from torch_geometric.data import Data
from torch_geometric.data.datapipes import functional_transform
from torch_geometric.transforms import BaseTransform

from torch_molfield.data.electrons import stored_charge
from torch_molfield.models import ElectronDensityMolField
from torch_molfield.nn.gaussians import AtomCenteredDensity
from torch_molfield.nn.gaussians.atom_density import CHARGES
from torch_molfield.transforms.per_sample import atoms_of, each_molecule

#: the shipped model
SHIPPED = "organic-density"


class _OfDensity(BaseTransform):
    """Base: a model of electron densities, applied to each molecule.

    The charge of a molecule is its attribute ``charge`` (e), else that of its ``smiles``, else 0.
    """

    def __init__(self, model: str | Path) -> None:
        self.model = str(model)
        self._network = ElectronDensityMolField.from_pretrained(model)

    def forward(self, data: Data) -> Data:
        """Return a copy with the attributes; a batch is taken molecule by molecule."""
        return each_molecule(data, self._added, [])

    @torch.no_grad()
    def _added(self, data: Data) -> Data:
        z, pos = atoms_of(data)
        total, _ = stored_charge(data) or (0.0, "")
        result = copy.copy(data)
        self._add(result, self._network(z, pos, charge=torch.tensor([total])))
        return result

    @abstractmethod
    def _add(self, data: Data, density: AtomCenteredDensity) -> None:
        """Put the attributes into the molecule."""


@functional_transform("molfield_atomic_charges")
class AtomicCharges(_OfDensity):
    """Add predicted atomic charges ``charges [N]`` in e, which sum to the charge of the molecule.

    The charge of the molecule is its attribute ``charge`` (e), else that of its ``smiles``, else 0. As node features:
    ``data.charges[:, None]``.

    Args:
        kind: ``"hirshfeld"``, ``"mbis"``, of the minimal basis iterative stockholder division, or ``"esp"``, fitted to
            the electrostatic potential outside the molecule. Hirshfeld charges are small and change little with the
            conformation. To compute potentials from the charges, use ``"esp"`` or ``"mbis"``.
        model: a model of electron densities, by shipped name or folder.

    Raises:
        ValueError: for an unknown kind; when applied, for malformed atoms, unknown elements or an odd number of
            electrons.
        FileNotFoundError: for an unknown model.
    """

    def __init__(self, kind: str = "hirshfeld", model: str | Path = SHIPPED) -> None:
        if kind not in CHARGES:
            raise ValueError(f"kind must be one of {', '.join(CHARGES)}, got {kind!r}.")
        super().__init__(model)
        self.kind = kind

    def _add(self, data: Data, density: AtomCenteredDensity) -> None:
        data.charges = density.atomic_charges(self.kind)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(kind={self.kind!r}, model={self.model!r})"


@functional_transform("molfield_multipoles")
class Multipoles(_OfDensity):
    """Add predicted multipoles of the atoms and of the molecule.

    ``charges [N]`` (e) and ``atomic_dipoles [N, 3]`` (e Å, about the atoms) are Hirshfeld's; together they give the
    dipole of the molecule. ``dipole [1, 3]`` (e Å) and the traceless ``quadrupole [1, 3, 3]`` (e Å²) are those of the
    molecule about the centre of its nuclear charges. They rotate with the molecule, and :class:`CanonicalFrame` rotates
    them: equivariant networks can use them as they are, others their lengths. The charge of the molecule is found as in
    :class:`AtomicCharges`.

    Args:
        model: a model of electron densities, by shipped name or folder.

    Raises:
        ValueError: when applied, for malformed atoms, unknown elements or an odd number of electrons.
        FileNotFoundError: for an unknown model.
    """

    def __init__(self, model: str | Path = SHIPPED) -> None:
        super().__init__(model)

    def _add(self, data: Data, density: AtomCenteredDensity) -> None:
        data.charges, data.atomic_dipoles = density.hirshfeld
        data.dipole, data.quadrupole = density.dipole, density.quadrupole

    def __repr__(self) -> str:
        return f"{type(self).__name__}(model={self.model!r})"
