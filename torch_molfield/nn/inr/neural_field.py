"""The generated function: one INR a molecule, in the caller's frame."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from torch_molfield.data.validation import check_points
from torch_molfield.geometry.box_grid import check_grid
from torch_molfield.geometry.frame_set import GENERIC, FrameSet, reduce_queries
from torch_molfield.nn.common.padding import make_padding
from torch_molfield.nn.inr.canonical import CanonicalINR
from torch_molfield.nn.inr.learned_distance import LEARNED_SLOPE, REACH, LearnedDistance

if TYPE_CHECKING:  # needs scikit-image, which a model does not
    from torch_molfield.surface import Mesh

#: points of all molecules and frames evaluated at once; bounds memory, not the result
CHUNK = 16384
#: nodes of a grid at a time
NODES = 65536


@dataclass(frozen=True)
class NeuralField:
    """A batch of B generated molecular fields f_b(x) = Σ_F w_F INR(θ_F, R_Fᵀ(x − c_b)).

    The sum runs over the frames of the molecule, one for most, several for symmetric or degenerate ones, with weights
    that sum to 1 and are continuous in the positions of the atoms. Axial frames (linear molecules) evaluate the INR at
    (u, ±ρ, 0) and spherical ones (single atoms) at (±r, 0, 0), so that the field has the molecule's symmetry exactly.

    Attributes:
        inr: the network that the parameters belong to.
        parameters: one tensor ``[F, *shape]`` for each entry of ``inr.specs``.
        frame_tokens: ``[F, T, D]``.
        frames: the frames of the molecules.
        pos, batch: atoms in the caller's frame, ``[N, 3]`` Å and ``[N]``; grids and meshes are put around them.
        channels, units: what the C columns are.
        z: ``[N]`` atomic numbers, where known; surfaces are bounded by their radii.
    """

    inr: CanonicalINR
    parameters: list[Tensor]
    frame_tokens: Tensor
    frames: FrameSet
    pos: Tensor
    batch: Tensor
    channels: tuple[str, ...]
    units: str = ""
    z: Tensor | None = None

    @property
    def num_molecules(self) -> int:
        return self.frames.origin.shape[0]

    @property
    def tokens(self) -> Tensor:
        """Structured weight tokens ``[B, T, D]``: the weighted mean over the frames, invariant to pose."""
        return self.frames.average(self.frame_tokens)

    def __call__(self, points: Tensor, points_batch: Tensor | None = None) -> Tensor:
        """Values ``[Q, C]`` at ``points [Q, 3]`` (Å, the caller's frame); ``points_batch`` as in PyG, sorted."""
        points, points_batch = check_points(points, points_batch, self.pos, self.num_molecules)
        padding = make_padding(points_batch, self.num_molecules)
        block = padding.pad(points)
        size = max(1, CHUNK // (2 * len(self.frames.weight)))
        values = torch.cat([self._evaluate(part) for part in block.split(size, dim=1)], dim=1)
        return padding.unpad(values).to(points.dtype)

    def _evaluate(self, points: Tensor) -> Tensor:
        """Padded points ``[B, Q, 3]`` → ``[B, Q, C]``."""
        frames = self.frames
        local = (points.double() - frames.origin.double().unsqueeze(1))[frames.molecule] @ frames.rotation.double()
        local = local.to(self.parameters[0].dtype)
        symmetric = (frames.kind != GENERIC).nonzero().flatten()
        values = self.inr(reduce_queries(local, frames.kind[:, None]), self.parameters)
        if symmetric.numel():
            mirrored = reduce_queries(local[symmetric], frames.kind[symmetric, None], -1.0)
            other = self.inr(mirrored, [p[symmetric] for p in self.parameters])
            mean = (values[symmetric] + other) / 2
            values = values.index_copy(0, symmetric, mean)
        return frames.average(values)

    def gradient(self, points: Tensor, points_batch: Tensor | None = None, create_graph: bool = False) -> Tensor:
        """∇_x f, ``[Q, C, 3]``, in the units of the field per Å."""
        with torch.enable_grad():
            x = points if create_graph and points.requires_grad else points.detach().requires_grad_()
            values = self(x, points_batch)
            columns = [_grad(values[:, c], x, create_graph) for c in range(values.shape[1])]
        return torch.stack(columns, dim=1)

    def laplacian(self, points: Tensor, points_batch: Tensor | None = None) -> Tensor:
        """∇²f, ``[Q, C]``, in the units of the field per Å²."""
        with torch.enable_grad():
            x = points.detach().requires_grad_()
            gradient = self.gradient(x, points_batch, create_graph=True)
            second = [[_grad(column[:, k], x, False)[:, k] for k in range(3)] for column in gradient.unbind(1)]
        return torch.stack([torch.stack(diagonal).sum(0) for diagonal in second], dim=1)

    def single(self, molecule: int) -> NeuralField:
        """The field of one molecule of the batch."""
        if not 0 <= molecule < self.num_molecules:
            raise ValueError(f"molecule {molecule} is not in the batch of {self.num_molecules}.")
        keep = self.frames.molecule == molecule
        atoms = self.batch == molecule
        frames = FrameSet(
            rotation=self.frames.rotation[keep],
            origin=self.frames.origin[molecule : molecule + 1],
            weight=self.frames.weight[keep],
            molecule=torch.zeros_like(self.frames.molecule[keep]),
            kind=self.frames.kind[keep],
        )
        parameters = [p[keep] for p in self.parameters]
        pos, batch = self.pos[atoms], torch.zeros_like(self.batch[atoms])
        tokens, z = self.frame_tokens[keep], None if self.z is None else self.z[atoms]
        return replace(self, parameters=parameters, frame_tokens=tokens, frames=frames, pos=pos, batch=batch, z=z)

    def detach(self) -> NeuralField:
        """The same field without the graph that made its parameters; cheaper to differentiate in the points."""
        rotation, origin, weight, molecule, kind = self.frames
        frames = FrameSet(rotation.detach(), origin.detach(), weight.detach(), molecule, kind)
        parameters, tokens = [p.detach() for p in self.parameters], self.frame_tokens.detach()
        return replace(self, parameters=parameters, frame_tokens=tokens, frames=frames, pos=self.pos.detach())

    def to_grid(self, spacing: float, molecule: int = 0, margin: float = 3.0) -> tuple[Tensor, Tensor]:
        """Sample one molecule's field on a regular grid around its atoms.

        Returns:
            values ``[nx, ny, nz, C]`` (index order x, y, z) and the position of the first grid point ``[3]``, Å.

        Raises:
            ValueError: for a grid that does not fit into memory, with its size.
        """
        if spacing <= 0:
            raise ValueError(f"spacing must be positive, got {spacing}.")
        field = self.single(molecule)
        low = field.pos.detach().amin(0) - margin
        counts = ((field.pos.detach().amax(0) + margin - low) / spacing).ceil().long() + 1
        check_grid(counts.tolist(), len(self.channels), itemsize=8)  # the parts and the whole
        axes = [low[k] + spacing * torch.arange(int(counts[k]), device=low.device, dtype=low.dtype) for k in range(3)]
        shape = tuple(int(count) for count in counts)
        parts = []
        with torch.no_grad():
            for start in range(0, math.prod(shape), NODES):
                flat = torch.arange(start, min(start + NODES, math.prod(shape)), device=low.device)
                place = torch.unravel_index(flat, shape)
                parts.append(field(torch.stack([axis[k] for axis, k in zip(axes, place, strict=True)], dim=1)))
        return torch.cat(parts).reshape(*shape, -1), low

    def to_mesh(
        self, level: float = 0.0, spacing: float = 0.2, molecule: int = 0, channel: int = 0, ascent: bool = False
    ) -> Mesh:
        """The ``level`` set of one molecule's field: watertight, faces outwards, vertices refined onto the level; Å.

        The box grows until the surface fits. Of a signed distance only the surface's neighbourhood is evaluated, and
        it is kept above its lower bound (:class:`~torch_molfield.nn.inr.learned_distance.LearnedDistance`): far from
        the atoms, where no training point was, a network may cross zero again.

        Args:
            level: in the units of the field.
            spacing: of the lattice, Å.
            molecule: of the batch.
            channel: column of the field.
            ascent: the field is high inside, as densities are.

        Raises:
            ValueError: for an unknown molecule or channel, or a level that the field does not reach.
        """
        from torch_molfield.surface.meshing import MeshOptions
        from torch_molfield.surface.molecule import mesh_around

        if not 0 <= channel < len(self.channels):
            raise ValueError(f"channel {channel} is not one of the field's {len(self.channels)}: {self.channels}.")
        field = self.single(molecule).detach()
        distance = self.channels[channel] == "signed_distance"
        options = MeshOptions(
            level=level,
            ascent=ascent,
            lipschitz=LEARNED_SLOPE if distance else None,
            refine=2,
            dtype=field.pos.dtype,
            device=field.pos.device,
        )
        bounded = LearnedDistance(field, field.z, field.pos, channel=channel) if distance else None
        values = bounded or (lambda x, _: field(x)[:, channel])
        return mesh_around(values, field.pos, None, spacing, options, margin=REACH + 0.5)[0]


def _grad(values: Tensor, x: Tensor, create_graph: bool) -> Tensor:
    return torch.autograd.grad(values.sum(), x, create_graph=create_graph, retain_graph=True)[0]
