"""Potential energies, and forces as their exact negative gradient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from torch_molfield.data.finite import check_finite
from torch_molfield.data.properties import Output
from torch_molfield.data.setting_types import Element, Positive, Size, SizeOrNone
from torch_molfield.data.validation import check_atoms, check_closed_shells, check_elements
from torch_molfield.geometry.frames import centred
from torch_molfield.geometry.smooth import segment_sum
from torch_molfield.models.pretrained import Pretrained, check_keys
from torch_molfield.nn.common.pair_memory import check_pairs, takes_all_pairs
from torch_molfield.nn.heads.charges import ChargeHead
from torch_molfield.nn.heads.electrostatics import ShiftedCoulomb
from torch_molfield.nn.heads.energy_model import EnergyModel, Molecules, arrange, with_forces
from torch_molfield.nn.heads.references import ChargeReference
from torch_molfield.nn.hyper.layer import MolFieldLayer
from torch_molfield.nn.trunks.base import atom_features, make_trunk, trunk_defaults


class EnergyMolField(EnergyModel, Pretrained):
    """Potential energies of molecules, and forces as their exact negative gradient.

    ``model(z [N], pos [N, 3] Å, batch [N] | None, charge [B] | None) -> {"energy": [B] eV}``, invariant to pose and
    order of atoms. E = Σ_i e(Z_i) + s Σ_i ε(h_i), with features h of a trunk and, with ``function``, of the generated
    function that the atoms then read (:class:`~torch_molfield.nn.MolFieldLayer`, cf. arXiv 2601.22327). Twice
    continuously differentiable in the positions; :meth:`forces` differentiates it. With ``charges`` the model also
    predicts charges and dipoles (:class:`~torch_molfield.nn.heads.charges.ChargeHead`), and with ``electrostatics`` the
    electrostatic energy of these charges is added (:class:`~torch_molfield.nn.heads.electrostatics.ShiftedCoulomb`), so
    that the energy depends on the charge of the molecule.

    Args:
        width, vectors, layers, cutoff, radial, sources: of the trunk, see :class:`~torch_molfield.nn.ClusterTrunk`. The
            last three are those of the trunk by default; a trunk may lack them.
        charges: whether partial charges and dipoles are predicted.
        electrostatics: whether their electrostatic energy is part of the energy; needs ``charges``.
        elements: atomic numbers that the model was trained on; others are refused. ``None`` accepts all.
        function: settings of the :class:`~torch_molfield.nn.MolFieldLayer`; ``None`` for none.
        trunk: a name in :data:`~torch_molfield.nn.trunks.base.TRUNKS`.

    Raises:
        ValueError: for settings that do not go together; when called, for malformed atoms, unknown elements, or a
            charge that leaves an odd number of electrons.
    """

    commands = ("evaluate", "predict", "encode", "md")

    def __init__(
        self,
        *,
        width: Size = 64,
        vectors: SizeOrNone = 16,
        layers: SizeOrNone = 2,
        cutoff: Positive | None = None,
        radial: Size | None = None,
        sources: Size | None = None,
        charges: bool = False,
        electrostatics: bool = False,
        elements: Sequence[Element] | None = None,
        function: dict[str, Any] | None = None,
        trunk: str = "clusters",
    ) -> None:
        super().__init__()
        check_keys(MolFieldLayer, function or {}, "the settings of the function")
        if electrostatics and not charges:
            raise ValueError("electrostatics needs charges=True; the energy is that of predicted charges.")
        known = None if elements is None else sorted(int(e) for e in elements)
        given = {"cutoff": cutoff, "radial": radial, "sources": sources}
        settings = trunk_defaults(trunk, *given) | {name: v for name, v in given.items() if v is not None}
        self.config = {
            "width": width,
            "vectors": vectors,
            "layers": layers,
            **settings,
            "charges": charges,
            "electrostatics": electrostatics,
            "elements": known,
            "function": function,
            "trunk": trunk,
        }
        self.elements = known
        self.trunk = make_trunk(trunk, width, vectors, layers, **settings)
        width, vectors = self.trunk.width, self.trunk.vectors
        self.layer = None if function is None else MolFieldLayer(width, vectors=vectors, draw=False, **function)
        self.head = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, 1))
        # At first the energy is that of the references.
        last = self.head[-1]
        nn.init.zeros_(last.get_parameter("weight"))
        nn.init.zeros_(last.get_parameter("bias"))
        self.charges = ChargeHead(width, vectors) if charges else None
        self.electrostatics = ShiftedCoulomb() if electrostatics else None
        self.ions = ChargeReference() if electrostatics else None

    @property
    def outputs(self) -> tuple[Output, ...]:
        """Energy and forces; dipole and charges if the model predicts them."""
        charged = (Output("dipole", "e Å", shape=(3,)), Output("charges", "e", "atom"))
        return super().outputs + (() if self.charges is None else charged)

    @property
    def dtype(self) -> torch.dtype:
        """The dtype of the weights."""
        return self.head[-1].get_parameter("weight").dtype

    def check(self, z: Tensor, pos: Tensor, batch: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """Check the atoms and return ``z [N]``, ``pos [N, 3]`` and ``batch [N]``.

        Raises:
            ValueError: for malformed atoms, or elements that the model does not know.
        """
        z, pos, batch = check_atoms(z, pos, batch)
        check_elements(z, batch, self.elements)
        return z, pos, batch

    @property
    def takes_charge(self) -> bool:
        """Whether the energy depends on the charge of the molecule."""
        return self.electrostatics is not None

    def check_charge(self, z: Tensor, batch: Tensor, charge: Tensor | None) -> Tensor:
        """Return the charges ``[B]`` e of checked atoms.

        See :func:`~torch_molfield.data.validation.check_closed_shells`.
        """
        return check_closed_shells(z, batch, charge)

    def forward(
        self, z: Tensor, pos: Tensor, batch: Tensor | None = None, charge: Tensor | None = None
    ) -> dict[str, Tensor]:
        """Return what is predicted of each molecule by name, float64.

        Args:
            z: ``[N]`` atomic numbers.
            pos: ``[N, 3]`` Å.
            batch: ``[N]`` sorted molecule of each atom; ``None`` for one molecule.
            charge: ``[B]`` e; zero by default.
        """
        z, pos, batch = self.check(z, pos, batch)
        found = self.values_of(arrange(z, batch), pos, charge)
        if not self.training:
            check_finite(found, batch)
        return found

    def values_of(self, molecules: Molecules, pos: Tensor, charge: Tensor | None = None) -> dict[str, Tensor]:
        """Return what a call returns, for atoms that have been checked."""
        z, batch, _ = molecules
        _, local = centred(pos, batch, molecules.num_molecules)
        h, v = self._features(molecules, pos, local)
        found = self.from_sums(segment_sum(self.head(h).squeeze(-1).double(), batch, molecules.num_molecules), z, batch)
        if self.charges is not None:
            found |= self.charges(h, v, local, batch, charge, molecules.num_molecules)
        if self.electrostatics is not None:
            dense = takes_all_pairs(self.trunk, *molecules.padding.shape, pos.device)
            energy = self.electrostatics.of(found["charges"], local.to(self.dtype), molecules.padding, dense)
            found["energy"] = found["energy"] + energy
        if self.ions is not None and charge is not None:
            found["energy"] = found["energy"] + self.ions(charge)
        return found

    def measure(self, z: Tensor, batch: Tensor, energy: Tensor, forces: Tensor, charge: Tensor | None = None) -> None:
        """Set the constants of the model from training molecules, see :meth:`EnergyModel.measure`.

        The part of the energy that depends on the charge of a molecule is measured first.
        """
        if self.ions is not None and charge is not None:
            self.ions.measure(z, batch, energy, charge)
            energy = energy - self.ions(charge.to(self.ions.terms.device)).to(energy)
        super().measure(z, batch, energy, forces)

    def features(self, z: Tensor, pos: Tensor, batch: Tensor | None = None) -> Tensor:
        """Return ``[B, D]``, sums over the atoms of the head's hidden layer.

        The energy, without the references of the elements, is a linear function of them.
        """
        z, pos, batch = self.check(z, pos, batch)
        molecules = arrange(z, batch)
        h, _ = self._features(molecules, pos, centred(pos, batch, molecules.num_molecules)[1])
        return segment_sum(self.head[:-1](h), batch, molecules.num_molecules)

    def forces_of(self, molecules: Molecules, pos: Tensor, charge: Tensor | None = None) -> dict[str, Tensor]:
        """Return what :meth:`forces` returns, for atoms that have been checked; nothing is read from the device."""
        return with_forces(lambda x: self.values_of(molecules, x, charge), pos)

    def _features(self, molecules: Molecules, pos: Tensor, local: Tensor) -> tuple[Tensor, Tensor]:
        """Scalars ``[N, D]`` and vectors ``[N, 3, V]`` of the atoms."""
        z, batch, padding = molecules
        check_pairs(self.trunk, *padding.shape, pos.device)
        h, v = atom_features(self.trunk, z, local.to(self.dtype), padding)
        if self.layer is not None:
            h, _ = self.layer.read(h, pos, batch, v.transpose(1, 2) if self.layer.vectors else None, z)
        return h, v
