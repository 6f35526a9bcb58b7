"""Polarizability tensors in the axes of a program's standard orientation, turned to those of the positions.

Gaussian prints tensors in the principal axes of the nuclear charges, whatever the axes of the positions beside them.
Those axes follow from the positions but for their signs, and, where moments are nearly equal, their order. Of the 24
proper ways the one is taken that is nearest to the tensor of Thole's interacting dipoles
(:func:`thole_polarizability`), whose anisotropy is right within a fifth. Where two differ by less, that may be the
wrong one; a network that has learned from 5 000 such tensors would choose another for one in seven molecules, which
changes the tensors by 2 % of their anisotropy in the mean over all.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import permutations, product

import torch
from torch import Tensor

from torch_molfield.data.elements import BOHR3, element_property

#: isotropic polarizabilities of atoms in molecules (bohr^3) and the screening of exponential charges that give the
#: tensors of QM9, B3LYP/6-31G(2df,p), best: benchmarks/fit_dipole_interaction.py
ATOMS = {number: a * BOHR3 for number, a in {1: 1.742, 6: 7.369, 7: 6.357, 8: 4.145, 9: 3.477}.items()}
SCREENING = 2.4371
#: Å; atoms are not taken to be nearer than this
CLOSEST = 0.05


def thole_polarizability(
    z: Tensor, pos: Tensor, atoms: Mapping[int, float] = ATOMS, screening: float = SCREENING
) -> Tensor:
    """Polarizability tensors ``[B, 3, 3]`` Å^3 of atoms that polarize each other.

    Dipoles induced in point atoms, with the interaction of exponential charges (Thole 1981, Chem. Phys. 59, 341; van
    Duijnen and Swart 1998, J. Phys. Chem. A 102, 2399).

    Args:
        z: atomic numbers ``[B, N]``, of molecules with equally many atoms.
        pos: positions ``[B, N, 3]``, Å.
        atoms: isotropic polarizabilities of elements in molecules, Å^3; free atoms' are taken for others.
        screening: the length of exponential charges is (α_i α_j)^(1/6) over it.
    """
    count = z.shape[1]
    alpha = element_property("polarizability", z.flatten(), atoms, pos.dtype).view(z.shape)
    apart = pos[:, :, None] - pos[:, None]
    r = apart.norm(dim=-1).clamp(min=CLOSEST)
    s = screening * r / (alpha[:, :, None] * alpha[:, None]) ** (1 / 6)
    charge = 1 - (s**2 / 2 + s + 1) * (-s).exp()
    dipole = charge - s**3 / 6 * (-s).exp()
    one = torch.eye(3, dtype=pos.dtype, device=pos.device)
    field = 3 * (dipole / r**5)[..., None, None] * apart[..., :, None] * apart[..., None, :]
    field = field - (charge / r**3)[..., None, None] * one
    own = torch.eye(count, dtype=pos.dtype, device=pos.device)[:, :, None, None]
    matrix = own * (one / alpha[:, :, None, None])[:, :, None] - (1 - own) * field
    matrix = matrix.transpose(2, 3).reshape(-1, 3 * count, 3 * count)
    induced = torch.linalg.solve(matrix, one.repeat(count, 1).expand(len(z), -1, -1))
    return induced.view(-1, count, 3, 3).sum(1)


def from_standard_orientation(tensor: Tensor, z: Tensor, pos: Tensor) -> Tensor:
    """Polarizabilities ``[B, 3, 3]`` of the standard orientation in the axes of ``pos``.

    Wrong where another choice of signs is as near to Thole's tensor; such choices differ little from each other.

    Args:
        tensor: symmetric tensors ``[B, 3, 3]``, Å^3.
        z: atomic numbers ``[B, N]``, of molecules with equally many atoms.
        pos: positions ``[B, N, 3]``, Å.
    """
    candidates = orientations(tensor, z, pos)
    wrong = _traceless(candidates) - _traceless(thole_polarizability(z, pos))[:, None]
    best = wrong.square().sum((2, 3)).argmin(1)
    return candidates[torch.arange(len(best), device=best.device), best]


def orientations(tensor: Tensor, z: Tensor, pos: Tensor) -> Tensor:
    """``[B, 24, 3, 3]``: what ``tensor`` may be in the axes of ``pos``, for each order and sign of principal axes."""
    # an inversion leaves tensors as they are, so the axes' handedness does not matter
    turned = principal_axes(z, pos)[:, None] @ _turns().to(pos)
    return turned @ tensor[:, None] @ turned.transpose(2, 3)


def principal_axes(z: Tensor, pos: Tensor) -> Tensor:
    """``[B, 3, 3]``: axes of the nuclear charges about their centre as columns, the longest last."""
    weight = z.to(pos.dtype)[..., None]
    centred = pos - (weight * pos).sum(1, keepdim=True) / weight.sum(1, keepdim=True)
    return torch.linalg.eigh((weight * centred).transpose(1, 2) @ centred)[1]


def _turns() -> Tensor:
    """The 24 rotations that take axes to axes, ``[24, 3, 3]``."""
    signs = torch.tensor(list(product([1.0, -1.0], repeat=3)))
    orders = torch.eye(3)[torch.tensor(list(permutations(range(3))))]
    both = (orders[:, None] * signs[None, :, None]).reshape(-1, 3, 3)
    return both[torch.linalg.det(both) > 0]


def _traceless(tensor: Tensor) -> Tensor:
    level = tensor.diagonal(dim1=-2, dim2=-1).mean(-1)
    return tensor - level[..., None, None] * torch.eye(3, dtype=tensor.dtype, device=tensor.device)
