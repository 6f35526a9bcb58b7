"""Exact surfaces of a library of molecules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from torch import Tensor, float64, tensor

from torch_molfield.data import MolFieldData
from torch_molfield.data.validation import problem_with
from torch_molfield.encode.encoders import Encoder
from torch_molfield.fields import SignedDistanceField
from torch_molfield.surface import find_cavities, label_vertices, mesh_molecule, write_mesh


class SurfaceEncoder(Encoder):
    """``area`` Å², ``volume`` Å³, ``cavities`` (their number) and ``cavity_volume`` Å³ of each molecule.

    Args:
        field: the surface.
        spacing: of the lattice on which it is meshed, Å.
        folder: where the mesh of entry 7 is written, ``00000007.ply`` with the atom of each vertex; by default nowhere.
    """

    dtype = float64
    whole = ("cavities",)

    def __init__(self, field: SignedDistanceField, spacing: float, folder: Path | None = None) -> None:
        self.field, self.spacing, self.folder = field, spacing, folder

    @property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        return {"area": (), "volume": (), "cavities": (), "cavity_volume": ()}

    def problem(self, data: MolFieldData) -> str:
        return problem_with(self.field.bind, data) or problem_with(lambda z, *_: self.field.atom_radii(z), data)

    def encode(self, molecules: Sequence[MolFieldData]) -> dict[str, Tensor]:
        """One molecule after the other."""
        rows = tensor([self._row(data) for data in molecules], dtype=float64)
        return dict(zip(self.shapes, rows.unbind(1), strict=True))

    def _row(self, data: MolFieldData) -> tuple[float, float, float, float]:
        mesh = mesh_molecule(self.field, data.z, data.pos, self.spacing)
        area, volume = self.field.area_and_volume(data.z, data.pos, mesh, self.spacing)
        cavities = find_cavities(self.field, data, self.spacing, mesh)
        if self.folder is not None:
            write_mesh(self.folder / f"{data.entry:08d}.ply", label_vertices(mesh, data))
        return area, volume, len(cavities), sum(cavity.volume for cavity in cavities)
