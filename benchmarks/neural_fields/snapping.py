"""How far a field whose atoms are snapped to voxels is from the exact one."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from neural_fields.shapes import protease
from torch_molfield.data import from_smiles
from torch_molfield.evaluation.fields import psnr
from torch_molfield.fields import GaussianField
from torch_molfield.fields.targets import FieldTarget, molecule_target

ROUNDING = {"nearest": torch.round, "down": torch.floor}
#: small drug-like molecules
SMILES = ("CC(=O)Oc1ccccc1C(=O)O", "CN1C=NC2=C1C(=O)N(C(=O)N2C)C", "CC(C)Cc1ccc(cc1)C(C)C(=O)O", "CCOC(=O)c1ccccc1")


def snapping(options: argparse.Namespace) -> dict[str, Any]:
    """PSNR of snapped against exact fields over the channels that are there, each divided by the exact field's maximum
    on the grid; atoms at the nearest grid point, and at the one below (as by truncation to an integer).
    """
    small, complex_ = [_small(text) for text in SMILES], protease(options.data)
    sizes = [n for n in (16, 32, 64) if n <= options.largest]
    return {
        f"{name}, {how}": {str(n): sum(error(target, n, how) for target in targets) / len(targets) for n in sizes}
        for name, targets in (("small molecules", small), ("1HVR", [complex_]))
        for how in ROUNDING
    }


def _small(text: str) -> FieldTarget:
    data = from_smiles(text)
    return molecule_target(GaussianField(channels=("H", "C", "N", "O")), data.z, data.pos)


def error(target: FieldTarget, count: int, how: str) -> float:
    exact = target.grid(count, target.half_width)
    moved = replace(target, pos=snap(target, count, how))
    largest = exact.flatten(0, 2).amax(0)
    there = largest > 0
    given = moved.grid(count, target.half_width)
    return psnr(given[..., there] / largest[there], exact[..., there] / largest[there])


def snap(target: FieldTarget, count: int, how: str) -> Tensor:
    """Atoms at grid points, a hair (2e-4 Å) apart where several share one."""
    spacing = 2 * target.half_width / (count - 1)
    corner = target.center - target.half_width
    index = ROUNDING[how]((target.pos - corner) / spacing)
    _, inverse = torch.unique(index, dim=0, return_inverse=True)
    rank = torch.zeros(len(index))
    for voxel in range(int(inverse.max()) + 1):
        members = (inverse == voxel).nonzero().flatten()
        rank[members] = torch.arange(len(members)).float()
    return corner + spacing * index + 5e-4 * rank[:, None]
