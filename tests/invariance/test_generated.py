"""The molecules that the other tests of this folder ask of."""

import pytest
import torch
from hypothesis import given

from tests.invariance.generated import ELEMENTS, molecules


@given(molecules())
def test_atoms_are_apart_and_points_are_not_at_atoms(molecule):
    assert molecule.z.shape == molecule.pos.shape[:1] and set(molecule.z.tolist()) <= set(ELEMENTS)
    assert molecule.pos.dtype == molecule.points.dtype == torch.float64
    assert len(molecule.z) == 1 or float(torch.pdist(molecule.pos).min()) > 0.85
    assert float(torch.cdist(molecule.points, molecule.pos).min()) > 1e-3


@pytest.fixture(scope="module")
def shapes():
    """``(number of atoms, dimensions)`` of the molecules of a test."""
    seen = []

    @given(molecules())
    def see(molecule):
        seen.append((len(molecule.z), int(torch.linalg.matrix_rank(molecule.pos - molecule.pos[0], atol=1e-6))))

    see()
    return seen


@pytest.mark.parametrize("dimensions", [0, 1, 2, 3])
def test_there_are_molecules_of_all_dimensions(shapes, dimensions):
    assert dimensions in {rank for _, rank in shapes}


def test_there_are_small_and_large_molecules(shapes):
    sizes = {size for size, _ in shapes}
    assert {1, 2, 3} <= sizes and max(sizes) > 4
