"""How far a field whose atoms are snapped to voxels is from the exact one."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from neural_fields.shapes import BETA, protease
from torch_molfield.data import from_smiles
from torch_molfield.fields import GaussianField, PropertyField
from torch_molfield.fields.block import BlockField
from torch_molfield.training.field_quality import psnr
from torch_molfield.training.field_targets import FieldTarget, molecule_target

#: small drug-like molecules
SMILES = ("CC(=O)Oc1ccccc1C(=O)O", "CN1C=NC2=C1C(=O)N(C(=O)N2C)C", "CC(C)Cc1ccc(cc1)C(C)C(=O)O", "CCOC(=O)c1ccccc1")


def snapping(options: argparse.Namespace) -> dict[str, Any]:
    """PSNR of snapped against exact fields, each channel divided by the exact field's maximum on the grid."""
    small = [_small(text) for text in SMILES]
    sizes = [n for n in (16, 32, 64) if n <= options.largest]
    complex_ = protease(options.data)
    return {
        "small molecules": {str(n): sum(error(target, n) for target in small) / len(small) for n in sizes},
        "1HVR": {str(n): error(complex_, n) for n in sizes},
        "beta": {"small molecules": 0.75, "1HVR": BETA},
    }


def _small(text: str) -> FieldTarget:
    data = from_smiles(text)
    everything = torch.ones_like(data.z, dtype=torch.bool)
    parts = [("element", GaussianField(relative=True), everything), ("property", PropertyField(), everything)]
    return molecule_target(BlockField(parts), data.z, data.pos)


def error(target: FieldTarget, count: int) -> float:
    exact = target.grid(count, target.half_width)
    moved = replace(target, pos=snap(target, count))
    largest = exact.flatten(0, 2).amax(0).clamp_min(1e-12)
    return psnr(moved.grid(count, target.half_width) / largest, exact / largest)


def snap(target: FieldTarget, count: int) -> Tensor:
    """Atoms at the nearest grid points, a hair (2e-4 Å) apart where several share one."""
    spacing = 2 * target.half_width / (count - 1)
    corner = target.center - target.half_width
    index = ((target.pos - corner) / spacing).round()
    _, inverse = torch.unique(index, dim=0, return_inverse=True)
    rank = torch.zeros(len(index))
    for voxel in range(int(inverse.max()) + 1):
        members = (inverse == voxel).nonzero().flatten()
        rank[members] = torch.arange(len(members)).float()
    return corner + spacing * index + 5e-4 * rank[:, None]
