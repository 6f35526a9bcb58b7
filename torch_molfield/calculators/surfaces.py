"""Surfaces and fields around the atoms of a calculator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from torch_molfield.calculators.atoms import to_tensors
from torch_molfield.evaluation.surfaces import learned_distance, mesh_learned
from torch_molfield.fields import Field, GridField, SignedDistanceField
from torch_molfield.models import MolField
from torch_molfield.surface import Mesh, mesh_molecules

if TYPE_CHECKING:
    from ase import Atoms

#: the surfaces in closed form, and the learned one
KINDS = ("vdw", "sas", "ses", "learned")


class SurfaceSource:
    """Base of calculators that tell the surface of the atoms.

    Args:
        field: a :class:`~torch_molfield.models.MolField` of signed distances in Å, or ``None``.
    """

    atoms: Atoms | None
    device: torch.device

    def __init__(self, field: MolField | None) -> None:
        if field is not None and field.units != "Å":
            raise ValueError(f"the field tells {field.units!r}, not a distance in Å; give one trained on surfaces.")
        self.field = field

    def get_surface(
        self, atoms: Atoms | None = None, kind: str = "ses", spacing: float = 0.25, probe_radius: float = 1.4
    ) -> Mesh:
        """The closed surface of ``atoms`` (those of the last calculation by default) as a
        :class:`~torch_molfield.surface.Mesh` in Å, with its area and volume.

        Args:
            kind: ``"vdw"``, ``"sas"`` or ``"ses"`` in closed form, or ``"learned"``.
            spacing: of the lattice, Å.
            probe_radius: of the closed forms, Å.

        Raises:
            ValueError: for an unknown kind, or a learned surface of a calculator without field.
        """
        z, pos, batch = to_tensors([self._asked(atoms)], self.device)
        if kind == "learned":
            return mesh_learned(learned_distance(self._learned(), z, pos), spacing)[0]
        return mesh_molecules(self._exact(kind, probe_radius), z, pos, batch, spacing)[0]

    @torch.no_grad()
    def get_field(
        self,
        atoms: Atoms | None,
        points: np.ndarray,
        kind: str | Field | GridField = "learned",
        probe_radius: float = 1.4,
    ) -> np.ndarray:
        """Signed distance (Å, negative inside) at ``points [Q, 3]`` Å, ``[Q]``; arguments as in :meth:`get_surface`.

        A closed-form field in the place of ``kind`` gives all its channels, ``[Q, C]`` in its units.

        The learned one is bounded far from the atoms, see
        :class:`~torch_molfield.nn.inr.learned_distance.LearnedDistance`.
        """
        z, pos, _ = to_tensors([self._asked(atoms)], self.device)
        places = torch.as_tensor(np.asarray(points), dtype=torch.float64, device=self.device)
        if kind == "learned":
            return learned_distance(self._learned(), z, pos)(places).cpu().numpy()
        if not isinstance(kind, str):
            return kind.bind(z, pos)(places).cpu().numpy()
        return self._exact(kind, probe_radius)(places, z, pos)[:, 0].cpu().numpy()

    def _asked(self, atoms: Atoms | None) -> Atoms:
        chosen = self.atoms if atoms is None else atoms
        if chosen is None:
            raise ValueError("there are no atoms yet; give them, or calculate an energy first.")
        return chosen

    def _learned(self) -> MolField:
        if self.field is None:
            raise ValueError(
                "this calculator has no field; make it with field=…, such as 'md-surfaces', or ask for a closed form."
            )
        return self.field

    def _exact(self, kind: str, probe_radius: float) -> SignedDistanceField:
        if kind not in KINDS:
            raise ValueError(f"kind {kind!r} is unknown; choose one of {', '.join(KINDS)}.")
        return SignedDistanceField(kind, probe_radius)
