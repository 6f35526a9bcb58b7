"""MolField for molecules that are too large for one network: one patch of the surface at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from torch_molfield.data.elements import vdw_radii
from torch_molfield.data.properties import Output
from torch_molfield.data.setting_types import NotNegative, Positive
from torch_molfield.data.validation import check_atoms
from torch_molfield.functions.base import FieldFunction
from torch_molfield.geometry.neighbors import neighbor_pairs
from torch_molfield.geometry.union_boundary import union_boundary
from torch_molfield.models.molfield import MolField
from torch_molfield.models.on_field import OnField
from torch_molfield.models.pretrained import check_keys
from torch_molfield.nn.inr.neural_field import NeuralField

#: patches whose networks are generated at once; bounds memory, not the result
PATCHES = 16
#: Å; a hydrogen this near a heavy atom is bound to it, and within the reach of its patch
BOND = 1.4
#: what is said of points that no patch covers, Å: outside and buried
FAR, DEEP = 1.0, -1.0


class PatchedMolField(OnField):
    """Signed distance of a large molecule, blended from MolFields of patches.

    f(x) = Σ_p w_p(x) f_p(x) / Σ_p w_p(x), with f_p a MolField of the atoms around p. A patch is centred on each atom
    that the solvent touches, except hydrogens on such a heavy atom. Its network is generated from the atoms within
    ``radius`` and has the weight w_p = (1 − |x − x_p|²/reach²)³ within ``reach``. No point of a surface is much more
    than 3 Å from all centres, and it is determined by atoms within 3 Å, so ``radius`` should be at least ``reach`` + 3
    Å. The sum of both should be below the period of the frequencies (12 Å for ``frequency_scale`` 1.4); otherwise atoms
    on one side are taken for neighbours of points on the other. Cost is linear in the number of atoms. Invariant to
    pose and order of atoms. When an atom enters or leaves a patch the field may jump by as much as its error.

    Args:
        reach, radius: Å.
        probe_radius: of the solvent, Å.
        field: settings of the MolField.

    Raises:
        ValueError: for an unknown setting of the field, or a radius that is not above the reach; when called, for
            malformed atoms or unknown elements.
    """

    commands = ("evaluate", "surface")

    def __init__(
        self,
        *,
        reach: Positive = 3.2,
        radius: Positive = 6.2,
        probe_radius: NotNegative = 1.4,
        field: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()
        if not 0 < reach < radius:
            raise ValueError(f"radius ({radius} Å) must be above reach ({reach} Å), and both positive.")
        check_keys(MolField, field or {}, "the settings of the field")
        self.config = {"reach": reach, "radius": radius, "probe_radius": probe_radius, "field": field or {}}
        self.reach, self.radius, self.probe_radius = reach, radius, probe_radius
        # The centre of the atoms of a patch is somewhere within its radius, and so is each of the atoms.
        self.field = MolField(**{"max_radius": 2 * radius, **(field or {})})

    @property
    def outputs(self) -> tuple[Output, ...]:
        """The channel of the function."""
        return (Output("signed_distance", "Å", "point"),)

    def function_of(self, z: Tensor, pos: Tensor) -> PatchedField:
        """Return the function of one molecule."""
        return self(z, pos)

    def forward(self, z: Tensor, pos: Tensor) -> PatchedField:
        """Return the field of one molecule ``z [N]``, ``pos [N, 3]`` Å."""
        z, pos, _ = check_atoms(z, pos, None)
        exposed = exposed_atoms(z, pos, self.probe_radius)
        centres = patch_centres(z, pos, exposed)
        parts = [self._patches(z, pos, part) for part in centres.split(PATCHES)]
        return PatchedField(parts, pos, exposed, pos[centres], self.reach)

    def _patches(self, z: Tensor, pos: Tensor, centres: Tensor) -> NeuralField:
        patch, atom = neighbor_pairs(pos[centres], pos, self.radius)
        return self.field(z[atom], pos[atom], patch)


@dataclass(frozen=True)
class PatchedField(FieldFunction):
    """The generated field of one molecule, a function of space with one channel in Å.

    It is a signed distance only near the surface: points that no patch covers have the value 1 Å outside and −1 Å
    inside.

    Attributes:
        parts: fields of ``PATCHES`` patches each.
        pos: ``[N, 3]`` atoms, Å.
        exposed: ``[N]``, which of them the solvent touches.
        centres: ``[P, 3]`` of the patches, Å.
        reach: Å.
    """

    parts: list[NeuralField]
    pos: Tensor
    exposed: Tensor
    centres: Tensor
    reach: float

    channels = ("signed_distance",)
    units = "Å"
    chunk_size = 65536

    @property
    def places(self) -> Tensor:
        return self.pos

    def evaluate(self, points: Tensor, points_batch: Tensor) -> Tensor:
        """``[Q, 1]`` for one chunk of checked points."""
        point, patch = neighbor_pairs(points, self.centres, self.reach)
        order = patch.argsort(stable=True)
        point, patch = point[order], patch[order]
        total, weight = points.new_zeros(len(points)), points.new_zeros(len(points))
        first = torch.searchsorted(patch, torch.arange(0, len(self.centres) + PATCHES, PATCHES, device=patch.device))
        for k, part in enumerate(self.parts):
            mine = slice(int(first[k]), int(first[k + 1]))
            asked = points[point[mine]]
            share = (asked - self.centres[patch[mine]]).square().sum(1) / self.reach**2
            w = (1 - share).clamp_min(0) ** 3
            values = part(asked, patch[mine] - k * PATCHES)[:, 0]
            total = total.index_add(0, point[mine], w * values)
            weight = weight.index_add(0, point[mine], w)
        bare = weight == 0
        near = total / torch.where(bare, torch.ones_like(weight), weight)
        return near.masked_scatter(bare, self._side(points[bare]))[:, None]

    def _side(self, points: Tensor) -> Tensor:
        """Points without a patch are buried where the nearest atom is, else outside."""
        point, atom = neighbor_pairs(points, self.pos, self.reach)
        distance = (points[point] - self.pos[atom]).norm(dim=1).detach()
        nearest = points.new_full((2, len(points)), torch.inf)
        for row, chosen in zip(nearest, (self.exposed[atom], ~self.exposed[atom]), strict=True):
            row.scatter_reduce_(0, point[chosen], distance[chosen], "amin")
        return torch.where(nearest[1] < nearest[0], DEEP, FAR).to(points)


def exposed_atoms(z: Tensor, pos: Tensor, probe_radius: float) -> Tensor:
    """``[N]``, which atoms of one molecule a probe touches."""
    return union_boundary(pos, vdw_radii(z) + probe_radius, torch.zeros_like(z)).exposed


def patch_centres(z: Tensor, pos: Tensor, exposed: Tensor) -> Tensor:
    """Indices of the atoms with patches: the exposed ones, but hydrogens that are bound to exposed heavy atoms."""
    heavy, light = (exposed & (z > 1)).nonzero().flatten(), (exposed & (z == 1)).nonzero().flatten()
    bound, _ = neighbor_pairs(pos[light], pos[heavy], BOND)
    alone = torch.ones_like(light, dtype=torch.bool)
    alone[bound] = False
    return torch.cat([heavy, light[alone]]).sort().values
