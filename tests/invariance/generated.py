"""Molecules that hypothesis makes up: any elements and places, one to seven atoms, also in a line or a plane."""

from __future__ import annotations

from typing import NamedTuple

import torch
from hypothesis import strategies as st
from torch import Tensor

from torch_molfield.testing import random_rotations

#: in the tables of every field and model
ELEMENTS = (1, 6, 7, 8, 9)
#: Å between the nodes on or near which atoms are, and the largest displacement: atoms are 0.9 Å apart or more
LATTICE, DISPLACEMENT = 1.4, 0.25
#: directions in which a molecule extends, see :func:`molecules`
EXTENDED = ((1.0, 0.0, 0.0), (1.0, 1.0, 0.0), (1.0, 1.0, 1.0))


class Generated(NamedTuple):
    """``z [N]``, ``pos [N, 3]`` Å in float64, and ``points [Q, 3]`` Å around the atoms, none of them at an atom."""

    z: Tensor
    pos: Tensor
    points: Tensor


class Batched(NamedTuple):
    """Several molecules, sorted."""

    z: Tensor
    pos: Tensor
    batch: Tensor
    points: Tensor
    points_batch: Tensor


@st.composite
def molecules(draw: st.DrawFn, elements: tuple[int, ...] = ELEMENTS, num_points: int = 6) -> Generated:
    """A molecule: linear, planar or spatial, on the nodes of a lattice (symmetric) or displaced from them."""
    extended = torch.tensor(draw(st.sampled_from(EXTENDED)), dtype=torch.float64)
    largest = 3 if extended.sum() == 1 else 7
    node = st.tuples(*[st.integers(0, 2 if share else 0) for share in extended.tolist()])
    nodes = draw(st.lists(node, min_size=1, max_size=largest, unique=True))
    z = draw(st.lists(st.sampled_from(elements), min_size=len(nodes), max_size=len(nodes)))
    seed = draw(st.integers(0, 2**16))
    generator = torch.Generator().manual_seed(seed)
    moved = DISPLACEMENT * (2 * torch.rand(len(nodes), 3, generator=generator, dtype=torch.float64) - 1)
    pos = LATTICE * torch.tensor(nodes, dtype=torch.float64) + draw(st.booleans()) * moved * extended
    if draw(st.booleans()):
        pos = pos @ random_rotations(1, seed)[0].T
    atom = torch.randint(len(z), (num_points,), generator=generator)
    away = torch.randn(num_points, 3, generator=generator, dtype=torch.float64)
    return Generated(torch.tensor(z), pos, pos[atom] + 1.2 * away)


def batches(**options: object) -> st.SearchStrategy[list[Generated]]:
    """One to four molecules of different sizes."""
    return st.lists(molecules(**options), min_size=1, max_size=4)


def together(parts: list[Generated]) -> Batched:
    """One batch of these molecules."""
    z, pos, points = (torch.cat(column) for column in zip(*parts, strict=True))
    rows = torch.arange(len(parts))
    sizes, counts = (torch.tensor([len(part[k]) for part in parts]) for k in (0, 2))
    return Batched(z, pos, rows.repeat_interleave(sizes), points, rows.repeat_interleave(counts))


def shuffled(molecule: Generated, seed: int) -> Generated:
    """The same molecule, its atoms in another order."""
    order = torch.randperm(len(molecule.z), generator=torch.Generator().manual_seed(seed))
    return Generated(molecule.z[order], molecule.pos[order], molecule.points)


def moved(molecule: Generated, seed: int) -> tuple[Generated, Tensor]:
    """The same molecule and its points in another pose, and the rotation ``[3, 3]``."""
    turn = random_rotations(1, seed)[0]
    shift = 10 * torch.randn(3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return Generated(molecule.z, molecule.pos @ turn.T + shift, molecule.points @ turn.T + shift), turn


seeds = st.integers(0, 2**16)
