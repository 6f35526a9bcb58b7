"""What makes the sampler's molecules as they are wanted in space: the shape of another, or a part that is kept.

A guide is called with every molecule that the network predicts and changes it; the sampler goes on from there.
"""

from __future__ import annotations

import torch
from torch import Tensor

from torch_molfield.geometry.alignment import kabsch
from torch_molfield.geometry.united_atoms import Sites
from torch_molfield.nn.generative.parts import Part

#: Å⁻², exponent of the Gaussian of a heavy atom, that of a sphere of 1.7 Å (Grant, Gallardo and Pickup 1996)
SHAPE_EXPONENT = 2.41798793102 / 1.7**2
#: Å², how far sites follow the gradient of the logarithm of the overlap, over the time that is left and per site (the
#: gradient is a share); how often a step, and until when. Chosen on five molecules: more gives better overlaps and
#: fewer valid molecules.
SHAPE_STEP, SHAPE_STEPS, SHAPE_UNTIL = 1.3, 2, 0.95


class ShapeGuide:
    """Moves sites up the gradient of their overlap with a shape, no training needed.

    The overlap is the Tanimoto coefficient of first-order Gaussian volumes (Grant, Gallardo and Pickup 1996), all heavy
    atoms alike. The last steps are free of it, so that bonds have their lengths.

    Args:
        pos: ``[m, 3]`` Å, heavy atoms of the reference in canonical coordinates.
    """

    def __init__(self, pos: Tensor) -> None:
        self.pos = pos

    def __call__(self, clean: Sites, rows: Tensor, time: float) -> Sites:
        """The sites nearer to the shape, about the origin."""
        if time > SHAPE_UNTIL:
            return clean
        pos, there = clean.pos, clean.mask[..., None]
        step = SHAPE_STEP * (1 - time) * there.sum(1, keepdim=True)
        for _ in range(SHAPE_STEPS):
            with torch.enable_grad():
                moved = pos.detach().requires_grad_()
                (gradient,) = torch.autograd.grad(shape_tanimoto(moved, clean.mask, self.pos).log().sum(), moved)
            pos = pos + step * gradient
        return clean._replace(pos=(pos - pos.sum(1, keepdim=True) / there.sum(1, keepdim=True)) * there)


def shape_tanimoto(pos: Tensor, mask: Tensor, reference: Tensor) -> Tensor:
    """``[B]`` Tanimoto coefficients of the Gaussian volumes of heavy atoms where they are, without alignment.

    Args:
        pos: ``[B, n, 3]`` Å. mask: ``[B, n]``, which of them there are. reference: ``[m, 3]`` Å.
    """
    here = mask.to(pos.dtype)
    both = here[:, :, None] * here[:, None]
    own = (both * _overlap(pos, pos)).sum((1, 2))
    cross = (here[:, :, None] * _overlap(pos, reference[None].to(pos))).sum((1, 2))
    return cross / (own + _overlap(reference[None], reference[None]).sum().to(pos) - cross)


def _overlap(one: Tensor, other: Tensor) -> Tensor:
    squared = (one[:, :, None] - other[:, None]).square().sum(-1)
    return torch.exp(-SHAPE_EXPONENT / 2 * squared)


class PartGuide:
    """Puts sites of a part where they are in it, turned and moved as a whole to lie best on those predicted.

    Args:
        places: ``[B, k]``, which sites of a molecule are those of the part.
        part: of k sites. Hydrogens of those that grow are left to the network.
    """

    def __init__(self, places: Tensor, part: Part) -> None:
        self.places, self.pos, self.hydrogens = places, part.sites.pos, part.sites.hydrogens
        self.kept = torch.tensor([k for k in range(len(self.pos)) if k not in set(part.grows)], dtype=torch.long)

    def __call__(self, clean: Sites, rows: Tensor, time: float) -> Sites:
        """With the part in its place."""
        row, places = torch.arange(len(rows), device=rows.device)[:, None], self.places[rows]
        rotation, shift = kabsch(self.pos.to(clean.pos).expand(len(rows), -1, -1), clean.pos[row, places])
        pos, hydrogens = clean.pos.clone(), clean.hydrogens.clone()
        pos[row, places] = self.pos.to(pos) @ rotation.mT + shift[:, None]
        hydrogens[row, places[:, self.kept]] = self.hydrogens[self.kept].to(pos) @ rotation[:, None].mT
        return Sites(clean.label, pos, hydrogens)
