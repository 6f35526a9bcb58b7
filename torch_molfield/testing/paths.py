"""What pose and continuity are measured on: molecules by name, points near them, paths through symmetric geometries."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from torch_molfield.data.datasets.bundled import load_bundled
from torch_molfield.testing.molecules import MOLECULES, ammonia, molecule, triatomic


def subject(name: str) -> tuple[Tensor, Tensor]:
    """``(z [N], pos [N, 3] Å)`` in float64 of an ideal molecule, or of the first frame of a bundled one."""
    if name in MOLECULES:
        return molecule(name)
    arrays = load_bundled(name)
    return torch.from_numpy(arrays["z"]).long(), torch.from_numpy(arrays["pos"][0, 0]).double()


def points_near(pos: Tensor, number: int) -> Tensor:
    """``number`` points at a random atom + N(0, 1.5 Å), always the same, ``[number, 3]`` float64."""
    generator = torch.Generator().manual_seed(1)
    atom = torch.randint(len(pos), (number,), generator=generator)
    return pos[atom] + 1.5 * torch.randn(number, 3, generator=generator, dtype=torch.float64)


def distorted_benzene(kekule: float, pucker: float) -> tuple[Tensor, Tensor]:
    """Kekulé distortion and puckering (Å) of the carbon ring; D6h at 0, 0."""
    z, pos = molecule("C6H6")
    angle = torch.arange(6, dtype=torch.float64) * math.pi / 3
    sign = torch.tensor([1.0, -1.0] * 3, dtype=torch.float64)
    pos[:6] += (sign * torch.stack([-kekule * angle.sin(), kekule * angle.cos(), torch.full_like(angle, pucker)])).T
    return z, pos


#: paths ``t -> (z, pos)``, t from −1 to 1, through a symmetric geometry at 0
SYMMETRIC_PATHS: dict[str, Callable[[float], tuple[Tensor, Tensor]]] = {
    "NH3 inversion": lambda t: ammonia(0.6 * t),
    "HCN through linear": lambda t: triatomic((1, 6, 7), (1.066, 1.156), 0.8 * t),
    "CO2 through linear": lambda t: triatomic((8, 6, 8), (1.16, 1.16), 0.8 * t),
    "CO2 antisymmetric stretch": lambda t: triatomic((8, 6, 8), (1.16 + 0.3 * t, 1.16 - 0.3 * t), 0.0),
    "benzene through D6h": lambda t: distorted_benzene(0.05 * t, 0.1 * t),
    "benzene puckering": lambda t: distorted_benzene(0.0, 0.3 * t),
}
