"""The generated function: one INR per molecule, in the caller's coordinates."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from torch_molfield.functions.base import FieldFunction
from torch_molfield.functions.derivatives import derivative
from torch_molfield.geometry.frame_set import GENERIC, FrameSet, reduce_queries
from torch_molfield.nn.common.padding import make_padding
from torch_molfield.nn.inr.canonical import CanonicalINR
from torch_molfield.nn.inr.learned_distance import LEARNED_SLOPE, REACH, LearnedDistance
from torch_molfield.surface.lattice import BatchedFunction

#: points of all molecules and frames evaluated at once; bounds memory, not the result
CHUNK = 16384
#: nodes of a grid at a time
NODES = 65536


@dataclass(frozen=True)
class NeuralField(FieldFunction):
    """A batch of B generated molecular fields f_b(x) = Σ_F w_F INR(θ_F, R_Fᵀ(x − c_b)).

    The sum runs over the frames of the molecule: one for most molecules, several for symmetric or degenerate ones. The
    weights sum to 1 and are continuous in the positions of the atoms. Axial frames (linear molecules) evaluate the INR
    at (u, ±ρ, 0) and spherical ones (single atoms) at (±r, 0, 0), so that the field has the symmetry of the molecule
    exactly.

    Attributes:
        inr: the network that the parameters belong to.
        parameters: one tensor ``[F, *shape]`` for each entry of ``inr.specs``.
        frame_tokens: ``[F, T, D]``.
        frames: the frames of the molecules.
        pos, batch: atoms in the caller's coordinates, ``[N, 3]`` Å and ``[N]``; grids and meshes are put around them.
        channels, units: names and unit of the C columns.
        z: ``[N]`` atomic numbers, if known; surfaces are bounded by their radii.
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

    #: a surface with a probe fits
    mesh_margin = REACH + 0.5

    @property
    def places(self) -> Tensor:
        return self.pos

    @property
    def num_molecules(self) -> int:
        return self.frames.origin.shape[0]

    @property
    def tokens(self) -> Tensor:
        """Structured weight tokens ``[B, T, D]``: the weighted mean over the frames, invariant to pose."""
        return self.frames.average(self.frame_tokens)

    def pieces(self, points: Tensor, points_batch: Tensor) -> Iterable[tuple[Tensor, Tensor]]:
        """Return all points as one piece: the networks of all molecules are evaluated together."""
        return [(points, points_batch)]

    def evaluate(self, points: Tensor, points_batch: Tensor) -> Tensor:
        """``[Q, C]`` at checked points."""
        padding = make_padding(points_batch, self.num_molecules)
        block = padding.pad(points)
        size = max(1, CHUNK // (2 * len(self.frames.weight)))
        values = torch.cat([self._padded(part) for part in block.split(size, dim=1)], dim=1)
        return padding.unpad(values).to(points.dtype)

    def _padded(self, points: Tensor) -> Tensor:
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

    def laplacian(self, points: Tensor, points_batch: Tensor | None = None) -> Tensor:
        """Return the Laplacian ∇²f ``[Q, C]``, in the units of the field per Å².

        Args:
            points: ``[Q, 3]`` Å.
            points_batch: ``[Q]`` sorted molecule of each point; ``None`` for one molecule.
        """
        with torch.enable_grad():
            x = points.detach().requires_grad_()
            gradient = self.gradient(x, points_batch, create_graph=True)
            second = [[derivative(column[:, k], x)[:, k] for k in range(3)] for column in gradient.unbind(1)]
        return torch.stack([torch.stack(diagonal).sum(0) for diagonal in second], dim=1)

    def single(self, molecule: int) -> NeuralField:
        """Return the field of one molecule of the batch.

        Raises:
            ValueError: for an index that is not in the batch.
        """
        self.check_molecule(molecule)
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
        """Return the same field without its autograd graph; it is cheaper to differentiate in the points."""
        rotation, origin, weight, molecule, kind = self.frames
        frames = FrameSet(rotation.detach(), origin.detach(), weight.detach(), molecule, kind)
        parameters, tokens = [p.detach() for p in self.parameters], self.frame_tokens.detach()
        return replace(self, parameters=parameters, frame_tokens=tokens, frames=frames, pos=self.pos.detach())

    def slope(self, channel: int, ascent: bool) -> float | None:
        """A bound of |∇f|: a learned signed distance is a little steeper than a true one."""
        return LEARNED_SLOPE if self._is_distance(channel) else None

    def surface_values(self, channel: int) -> BatchedFunction:
        """Return the function in which the surfaces of a channel are searched.

        A signed distance is kept above its lower bound, since the network may cross zero again far from the atoms,
        where there were no training points (:class:`~torch_molfield.nn.inr.learned_distance.LearnedDistance`).
        """
        field = self.detach()
        if self._is_distance(channel):
            return LearnedDistance(field, field.z, field.pos, field.batch, channel)
        return lambda points, points_batch: field(points, points_batch)[:, channel]

    def _is_distance(self, channel: int) -> bool:
        return self.channels[channel] == "signed_distance"
