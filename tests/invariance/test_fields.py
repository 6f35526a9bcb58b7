"""Every registered field: batching, order of atoms, pose, and what is far away."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.invariance.generated import batches, molecules, moved, seeds, shuffled, together
from tests.registered import own_names
from torch_molfield.fields import FIELDS, ElectrostaticPotential
from torch_molfield.fields.atom_sum import AtomSumField
from torch_molfield.testing.molecules import alkane

each = pytest.mark.parametrize("field", [FIELDS.get(name)() for name in own_names(FIELDS)], ids=repr)
each_local = pytest.mark.parametrize(
    "field",
    [
        cls()
        for cls in map(FIELDS.get, own_names(FIELDS))
        if issubclass(cls, AtomSumField) and cls is not ElectrostaticPotential
    ],
    ids=repr,
)


def same(found, expected, rtol=1e-9):
    torch.testing.assert_close(found, expected, rtol=rtol, atol=rtol * max(1.0, float(expected.abs().max())))


@each
@given(parts=batches())
def test_a_batch_is_its_molecules_one_by_one(field, parts):
    many = together(parts)
    found = field(many.points, many.z, many.pos, many.points_batch, many.batch)
    same(found, torch.cat([field(part.points, part.z, part.pos) for part in parts]))


@each
@given(molecule=molecules(), seed=seeds)
def test_the_order_of_atoms_and_the_pose_do_not_matter(field, molecule, seed):
    z, pos, points = molecule
    expected = field(points, z, pos)
    assert bool(expected.isfinite().all())
    other = shuffled(molecule, seed)
    same(field(points, other.z, other.pos), expected)
    turned, _ = moved(molecule, seed)
    same(field(turned.points, z, turned.pos), expected)


@each
@given(molecule=molecules(), seed=seeds)
def test_an_atom_far_away_changes_nothing(field, molecule, seed):
    """Nothing, 60 Å from all; the potential of a nucleus reaches further, and is there as its own alone."""
    z, pos, points = molecule
    far, element = points.mean(0) + 60 * torch.nn.functional.normalize(random_direction(seed), dim=1), z[:1]
    change = field(points, torch.cat([z, element]), torch.cat([pos, far])) - field(points, z, pos)
    long_range = isinstance(field, ElectrostaticPotential)
    same(change, field(points, element, far) if long_range else torch.zeros_like(change))


@each_local
@given(atom=st.integers(0, 100), seed=seeds)
def test_a_value_does_not_jump_at_the_cutoff(field, atom, seed):
    z, pos = alkane(33)
    reach = field.prepare(z, pos, torch.zeros_like(z)).cutoff
    assert 1.0 < reach < 15.0
    step = torch.tensor([[-1e-7], [1e-7]], dtype=torch.float64)
    points = pos[atom] + (reach + step) * torch.nn.functional.normalize(random_direction(seed), dim=1)
    inside, outside = field(points, z, pos)
    assert float((inside - outside).abs().max()) < field.tolerance


def random_direction(seed):
    return torch.randn(1, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
