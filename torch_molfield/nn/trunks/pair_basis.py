"""Functions of the vectors between atoms, as matrices that sum over neighbours."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from torch_molfield.nn.trunks.radial_basis import SmoothBessel


class PairBasis(nn.Module):
    """φ_r(d) Y_lm(u) of all pairs of atoms of a molecule, l = 0, 1, 2.

    φ are those of :class:`~torch_molfield.nn.trunks.radial_basis.SmoothBessel`, so that everything vanishes at the
    cutoff with two continuous derivatives. Y are real spherical harmonics with a mean square of 1 over the sphere, in
    the order (x, y, z) and (xy, yz, xz, x² − y², 3z² − 1).

    Args:
        cutoff: Å.
        radial: number of radial functions, R.
    """

    def __init__(self, cutoff: float, radial: int) -> None:
        super().__init__()
        if not (0 < cutoff < math.inf and radial > 0):
            raise ValueError(f"cutoff and radial must be positive, got {cutoff} and {radial}.")
        self.cutoff, self.radial = cutoff, radial
        self.distance_expansion = SmoothBessel(radial, cutoff)

    def forward(self, x: Tensor, mask: Tensor) -> list[Tensor]:
        """Matrices ``[B, M·(2l+1)·R, M]``, one for each l: rows are (atom i, m, r), columns its neighbours j.

        Args:
            x: ``[B, M, 3]`` Å, padded.
            mask: ``[B, M]``, true where there is an atom.
        """
        pairs = mask.unsqueeze(1) & mask.unsqueeze(2) & ~torch.eye(x.shape[1], dtype=torch.bool, device=x.device)
        return self.of_vectors(x.unsqueeze(1) - x.unsqueeze(2), pairs)

    def of_vectors(self, delta: Tensor, pairs: Tensor) -> list[Tensor]:
        """Matrices ``[B, I·(2l+1)·R, J]`` of vectors from atoms i to atoms j, ``delta [B, I, J, 3]`` Å, zero where
        ``pairs [B, I, J]`` says that there is none."""
        # What is no pair is put beyond the cutoff, where the basis is zero.
        beyond = torch.full_like(delta[..., 0], 4 * self.cutoff**2)
        distance = torch.where(pairs, delta.square().sum(-1), beyond).sqrt()
        radial = self.distance_expansion(distance).transpose(2, 3)
        unit = (delta / distance.unsqueeze(-1)).unbind(-1)
        angular = (_dipole(*unit), _quadrupole(*unit))
        rest = [(y.unsqueeze(3) * radial.unsqueeze(2)).flatten(1, 3) for y in angular]
        return [radial.flatten(1, 2), *rest]


def _dipole(x: Tensor, y: Tensor, z: Tensor) -> Tensor:
    """l = 1 of unit vectors, ``[B, M, 3, M]``."""
    return math.sqrt(3) * torch.stack([x, y, z], dim=2)


def _quadrupole(x: Tensor, y: Tensor, z: Tensor) -> Tensor:
    """l = 2 of unit vectors, ``[B, M, 5, M]``."""
    a = math.sqrt(15)
    rows = [a * x * y, a * y * z, a * x * z, a / 2 * (x * x - y * y), math.sqrt(5) / 2 * (3 * z * z - 1)]
    return torch.stack(rows, dim=2)


def quadrupole_times(quadrupole: Tensor, vector: Tensor) -> Tensor:
    """The vector ``[..., 3, C]`` that the symmetric traceless matrix of ``quadrupole [..., 5, C]`` makes of
    ``vector [..., 3, C]``, channel by channel."""
    xy, yz, xz, difference, axial = quadrupole.unbind(-2)
    x, y, z = vector.unbind(-2)
    axial = axial / math.sqrt(3)
    return torch.stack(
        [
            (difference - axial) * x + xy * y + xz * z,
            xy * x - (difference + axial) * y + yz * z,
            xz * x + yz * y + 2 * axial * z,
        ],
        dim=-2,
    )
