"""Potential energies, and forces as their exact negative gradient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn

from torch_molfield.data.finite import check_finite
from torch_molfield.data.validation import check_atoms, check_elements
from torch_molfield.geometry.frames import centred
from torch_molfield.geometry.smooth import segment_sum
from torch_molfield.models.pretrained import Pretrained
from torch_molfield.nn.common.pair_memory import check_pairs
from torch_molfield.nn.heads.charges import ChargeHead
from torch_molfield.nn.heads.energy_model import EnergyModel, Molecules, arrange, with_forces
from torch_molfield.nn.hyper.layer import MolFieldLayer
from torch_molfield.nn.trunks.clusters import ClusterTrunk


class EnergyMolField(EnergyModel, Pretrained):
    """``model(z [N], pos [N, 3] Å, batch [N] | None) -> {"energy": [B] eV}``, invariant to pose and order of atoms.

    E = Σ_i e(Z_i) + s Σ_i ε(h_i), with features h of a :class:`~torch_molfield.nn.ClusterTrunk` and, where ``function``
    is given, of the generated function that the atoms then read (:class:`~torch_molfield.nn.MolFieldLayer`, cf. arXiv
    2601.22327). Twice continuously differentiable in the positions; :meth:`forces` differentiates it. With ``charges``
    the model also tells what :class:`~torch_molfield.nn.heads.charges.ChargeHead` does.

    Args:
        width, vectors, layers, cutoff, radial, sources: see :class:`~torch_molfield.nn.ClusterTrunk`.
        charges: whether partial charges and dipoles are told.
        elements: atomic numbers that the model was trained on; others are refused. ``None`` accepts all.
        function: settings of the :class:`~torch_molfield.nn.MolFieldLayer`; ``None`` for none.

    Raises:
        ValueError: for settings that make no model, or, when called, malformed atoms or unknown elements.
    """

    def __init__(
        self,
        *,
        width: int = 64,
        vectors: int = 16,
        layers: int = 2,
        cutoff: float = 5.0,
        radial: int = 8,
        sources: int = 16,
        charges: bool = False,
        elements: Sequence[int] | None = None,
        function: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()
        known = None if elements is None else sorted(int(e) for e in elements)
        self.config = {
            "width": width,
            "vectors": vectors,
            "layers": layers,
            "cutoff": cutoff,
            "radial": radial,
            "sources": sources,
            "charges": charges,
            "elements": known,
            "function": function,
        }
        self.elements = known
        self.trunk = ClusterTrunk(width, vectors, layers, cutoff, radial, sources)
        self.layer = None if function is None else MolFieldLayer(width, vectors=vectors, draw=False, **function)
        self.head = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, 1))
        # At first the energy is that of the references.
        last = self.head[-1]
        nn.init.zeros_(last.get_parameter("weight"))
        nn.init.zeros_(last.get_parameter("bias"))
        self.charges = ChargeHead(width, vectors) if charges else None

    def forward(
        self, z: Tensor, pos: Tensor, batch: Tensor | None = None, charge: Tensor | None = None
    ) -> dict[str, Tensor]:
        """What is predicted of each molecule, float64; ``charge [B]`` e, zero where it is not given."""
        z, pos, batch = self.check(z, pos, batch)
        found = self.predict(arrange(z, batch), pos, charge)
        if not self.training:
            check_finite(found, batch)
        return found

    def check(self, z: Tensor, pos: Tensor, batch: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """Checked ``z [N]``, ``pos [N, 3]`` and ``batch [N]``, of elements that the model knows."""
        z, pos, batch = check_atoms(z, pos, batch)
        check_elements(z, batch, self.elements)
        return z, pos, batch

    def predict(self, molecules: Molecules, pos: Tensor, charge: Tensor | None = None) -> dict[str, Tensor]:
        """As the call, of atoms that have been checked."""
        z, batch, _ = molecules
        _, local = centred(pos, batch, molecules.num_molecules)
        h, v = self._features(molecules, pos, local)
        found = self.from_sums(segment_sum(self.head(h).squeeze(-1).double(), batch, molecules.num_molecules), z, batch)
        if self.charges is not None:
            found |= self.charges(h, v, local, batch, charge, molecules.num_molecules)
        return found

    def forces_of(self, molecules: Molecules, pos: Tensor, charge: Tensor | None = None) -> dict[str, Tensor]:
        """As :meth:`forces`, of atoms that have been checked: nothing is read from the device."""
        return with_forces(lambda x: self.predict(molecules, x, charge), pos)

    def _features(self, molecules: Molecules, pos: Tensor, local: Tensor) -> tuple[Tensor, Tensor]:
        """Scalars ``[N, D]`` and vectors ``[N, 3, V]`` of the atoms."""
        z, batch, padding = molecules
        check_pairs(self.trunk, *padding.shape, pos.device)
        x = padding.pad(local.to(self.trunk.embedding.weight.dtype))
        h, v = (padding.unpad(block) for block in self.trunk.padded(padding.pad(z), x, padding.mask()))
        if self.layer is not None:
            h, _ = self.layer.read(h, pos, batch, v.transpose(1, 2), z)
        return h, v
