"""The generated function: one INR a molecule, in the caller's frame."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from torch_molfield.data.validation import check_points
from torch_molfield.geometry.frames import FrameSet
from torch_molfield.nn.inr import CanonicalINR
from torch_molfield.nn.padding import make_padding

#: points of all molecules and frames evaluated at once; bounds memory, not the result
CHUNK = 65536


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
    """

    inr: CanonicalINR
    parameters: list[Tensor]
    frame_tokens: Tensor
    frames: FrameSet
    pos: Tensor
    batch: Tensor
    channels: tuple[str, ...]
    units: str = ""

    @property
    def num_molecules(self) -> int:
        return self.frames.origin.shape[0]

    @property
    def tokens(self) -> Tensor:
        """Structured weight tokens ``[B, T, D]``: the weighted mean over the frames, invariant to pose."""
        weighted = self.frame_tokens * self.frames.weight.to(self.frame_tokens.dtype)[:, None, None]
        mean = weighted.new_zeros(self.num_molecules, *weighted.shape[1:])
        return mean.index_add(0, self.frames.molecule, weighted)

    def __call__(self, points: Tensor, points_batch: Tensor | None = None) -> Tensor:
        """Values ``[Q, C]`` at ``points [Q, 3]`` (Å, the caller's frame); ``points_batch`` as in PyG, sorted."""
        points, points_batch = check_points(points, points_batch, self.pos, self.num_molecules)
        if points.shape[0] == 0:
            return points.new_zeros(0, len(self.channels))
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
        symmetric = (frames.kind > 0).nonzero().flatten()
        values = self.inr(_reduce(local, frames.kind, 1.0), self.parameters)
        if symmetric.numel():
            mirrored = _reduce(local[symmetric], frames.kind[symmetric], -1.0)
            other = self.inr(mirrored, [p[symmetric] for p in self.parameters])
            mean = (values[symmetric] + other) / 2
            values = values.index_copy(0, symmetric, mean)
        weighted = values * frames.weight.to(values.dtype)[:, None, None]
        return values.new_zeros(points.shape[0], *values.shape[1:]).index_add(0, frames.molecule, weighted)

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
            columns = [
                sum(_grad(gradient[:, c, k], x, False)[:, k] for k in range(3)) for c in range(gradient.shape[1])
            ]
        return torch.stack(columns, dim=1).detach()

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
        return NeuralField(self.inr, parameters, self.frame_tokens[keep], frames, pos, batch, self.channels, self.units)

    def to_grid(self, spacing: float, molecule: int = 0, margin: float = 3.0) -> tuple[Tensor, Tensor]:
        """Sample one molecule's field on a regular grid around its atoms.

        Returns:
            values ``[nx, ny, nz, C]`` (index order x, y, z) and the position of the first grid point ``[3]``, Å.
        """
        if spacing <= 0:
            raise ValueError(f"spacing must be positive, got {spacing}.")
        field = self.single(molecule)
        low = field.pos.detach().amin(0) - margin
        counts = ((field.pos.detach().amax(0) + margin - low) / spacing).ceil().long() + 1
        axes = [low[k] + spacing * torch.arange(int(counts[k]), device=low.device, dtype=low.dtype) for k in range(3)]
        points = torch.stack(torch.meshgrid(*axes, indexing="ij"), dim=-1)
        with torch.no_grad():
            values = field(points.reshape(-1, 3))
        return values.reshape(*points.shape[:3], -1), low

    def to_mesh(
        self, level: float = 0.0, spacing: float = 0.2, molecule: int = 0, channel: int = 0, margin: float = 3.0
    ):
        """The level set of one molecule's field as an outward-facing :class:`~torch_molfield.surface.Mesh`, in Å."""
        from torch_molfield.surface import mesh_field

        field = self.single(molecule)
        pos = field.pos.detach()
        bounds = (pos.amin(0) - margin, pos.amax(0) + margin)
        return mesh_field(lambda points: field(points)[:, channel], bounds, spacing=spacing, level=level)


def _reduce(local: Tensor, kind: Tensor, sign: float) -> Tensor:
    """Canonical coordinates of queries: generic as they are, axial (u, ±ρ, 0), spherical (±r, 0, 0)."""
    if not bool((kind > 0).any()):
        return local
    zero = torch.zeros_like(local[..., 0])
    axial = torch.stack([local[..., 0], sign * _norm(local[..., 1:]), zero], dim=-1)
    spherical = torch.stack([sign * _norm(local), zero, zero], dim=-1)
    kind = kind[:, None, None]
    return torch.where(kind == 0, local, torch.where(kind == 1, axial, spherical))


def _norm(x: Tensor) -> Tensor:
    """|x| with gradient 0 instead of NaN at 0, where the even average over both signs has none."""
    square = x.square().sum(-1)
    positive = square > 0
    return torch.where(
        positive, torch.where(positive, square, torch.ones_like(square)).sqrt(), torch.zeros_like(square)
    )


def _grad(values: Tensor, x: Tensor, create_graph: bool) -> Tensor:
    return torch.autograd.grad(values.sum(), x, create_graph=create_graph, retain_graph=True)[0]
