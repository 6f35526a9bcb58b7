"""What every field that adds up atoms promises, checked on each of them."""

import pytest
import torch

from tests.fields.molecules import batch_of_three, queries, random_rotation
from torch_molfield.fields import (
    ElectrostaticPotential,
    GaussianField,
    OccupancyField,
    PromolecularDensity,
    PropertyField,
    atom_sum,
)

FIELDS = [
    GaussianField(),
    GaussianField(sigma=0.45, channels=("all",)),
    GaussianField(relative=True, channels={"CH": ("C", "H"), "rest": ("N", "O", "F", "P", "S", "Cl", "Br")}),
    OccupancyField(),
    PropertyField(("pauling", "wigner_seitz", "polarizability")),
    PropertyField(("allen", "polarizability"), mode="amplitude"),
    PromolecularDensity(),
    ElectrostaticPotential(),
    ElectrostaticPotential(width=0.4),
]
LOCAL = [field for field in FIELDS if not isinstance(field, ElectrostaticPotential)]
each = pytest.mark.parametrize("field", FIELDS, ids=repr)
each_local = pytest.mark.parametrize("field", LOCAL, ids=repr)


@each
def test_batched_equals_single_and_any_chunk(field, monkeypatch):
    z, pos, batch = batch_of_three()
    points, owner = queries(pos, batch, (40, 1, 7))
    together = field(points, z, pos, owner, batch)
    assert together.shape == (48, len(field.channels))
    for molecule in range(3):
        atoms, mine = batch == molecule, owner == molecule
        alone = field(points[mine], z[atoms], pos[atoms])
        torch.testing.assert_close(together[mine], alone, rtol=1e-12, atol=1e-14)
    monkeypatch.setattr(field, "chunk_size", 5)
    monkeypatch.setattr(atom_sum, "PAIRS", 30)
    torch.testing.assert_close(field(points, z, pos, owner, batch), together, rtol=1e-12, atol=1e-14)


@each
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-11), (torch.float32, 2e-5)])
def test_invariant_to_motion_and_permutation(field, dtype, tolerance):
    z, pos, batch = batch_of_three(dtype)
    points, owner = queries(pos, batch)
    value = field(points, z, pos, owner, batch)
    assert value.dtype == dtype
    rotation, shift = random_rotation(3, dtype), torch.tensor([3.0, -2.0, 5.0], dtype=dtype)
    moved = field(points @ rotation.T + shift, z, pos @ rotation.T + shift, owner, batch)
    torch.testing.assert_close(moved, value, rtol=tolerance, atol=tolerance * float(value.abs().max()))
    order = torch.cat([torch.randperm(5), torch.tensor([5]), 6 + torch.randperm(9)])
    torch.testing.assert_close(field(points, z[order], pos[order], owner, batch), value, rtol=tolerance, atol=1e-6)


@each
def test_gradients_in_points_and_atoms(field):
    z, pos, batch = batch_of_three()
    points, owner = queries(pos, batch, (3, 1, 2))

    def value(points, pos):
        return field(points, z, pos, owner, batch)

    inputs = (points.requires_grad_(), pos.requires_grad_())
    assert torch.autograd.gradcheck(value, inputs)
    assert torch.autograd.gradgradcheck(value, inputs)


@each_local
def test_cutoff_leaves_out_less_than_the_tolerance(field, monkeypatch):
    generator = torch.Generator().manual_seed(5)
    z = torch.tensor([1, 6, 7, 8, 16])[torch.randint(0, 5, (300,), generator=generator)]
    lattice = torch.cartesian_prod(*[torch.arange(n, dtype=torch.float64) for n in (5, 6, 10)])
    pos = 1.6 * lattice + 0.3 * torch.rand(300, 3, generator=generator, dtype=torch.float64)
    points = torch.rand(500, 3, generator=generator, dtype=torch.float64) * 20 - 3
    local = field(points, z, pos)
    reach = field.prepare(z, pos, torch.zeros(300, dtype=torch.long)).cutoff
    assert reach is not None
    monkeypatch.setattr(atom_sum, "DENSE_ATOMS", 10_000)
    exact = field(points, z, pos)
    assert float((local - exact).abs().max()) <= field.tolerance
    assert float(exact.abs().max()) > 0.1


@each_local
def test_gradients_of_the_neighbour_path(field, monkeypatch):
    z, pos, batch = batch_of_three()
    points, owner = queries(pos, batch, (20, 2, 9))

    def slopes():
        leaves = points.clone().requires_grad_(), pos.clone().requires_grad_()
        return torch.autograd.grad(field(leaves[0], z, leaves[1], owner, batch).square().sum(), leaves)

    expected = slopes()
    monkeypatch.setattr(atom_sum, "DENSE_ATOMS", 0)
    for got, want in zip(slopes(), expected, strict=True):
        torch.testing.assert_close(got, want, rtol=1e-5, atol=1e-4 * float(want.abs().max()))


@each
def test_empty_query_and_one_atom(field):
    z, pos = torch.tensor([6]), torch.zeros(1, 3)
    assert field(torch.zeros(0, 3), z, pos).shape == (0, len(field.channels))
    assert torch.isfinite(field(torch.ones(2, 3), z, pos)).all()


@each
def test_value_and_gradient_are_finite_at_and_near_a_nucleus(field):
    if isinstance(field, ElectrostaticPotential) and field.width is None:
        pytest.skip("a point charge is infinite there, see test_potential")
    z, pos = torch.tensor([6, 1]), torch.tensor([[0.0, 0.0, 0.0], [1.1, 0.0, 0.0]])
    points = torch.tensor([[0.0, 0.0, 0.0], [1e-9, 0.0, 0.0], [1e-4, 0.0, 0.0]], requires_grad=True)
    value = field(points, z, pos)
    (slope,) = torch.autograd.grad(value.sum(), points)
    assert torch.isfinite(value).all()
    assert torch.isfinite(slope).all()
    torch.testing.assert_close(value[0], value[1], rtol=1e-5, atol=1e-5)


@each
def test_far_points_give_zero_without_nan(field):
    value = field(torch.full((1, 3), 5000.0), torch.tensor([6, 8]), torch.tensor([[0.0, 0, 0], [1.2, 0, 0]]))
    limit = 0.05 if isinstance(field, ElectrostaticPotential) else 1e-12
    assert float(value.abs().max()) <= limit


@each
def test_bad_input_has_a_sentence(field):
    z, pos = torch.tensor([6, 8]), torch.tensor([[0.0, 0, 0], [1.2, 0, 0]])
    with pytest.raises(ValueError, match=r"points have dtype torch.float64.*points.to\(pos.dtype\)"):
        field(torch.zeros(1, 3, dtype=torch.float64), z, pos)
    with pytest.raises(ValueError, match="points are on meta"):
        field(torch.zeros(1, 3, device="meta"), z, pos)
    with pytest.raises(ValueError, match="two atoms at one place"):
        field(torch.ones(1, 3), z, torch.zeros(2, 3))
    with pytest.raises(ValueError, match="NaN or infinite"):
        field(torch.ones(1, 3), z, pos * float("nan"))
    with pytest.raises(ValueError, match="atomic number outside"):
        field(torch.ones(1, 3), torch.tensor([0, 6]), pos)
    with pytest.raises(ValueError, match="float16"):
        field(torch.ones(1, 3).half(), z, pos.half())
    with pytest.raises(ValueError, match="must be sorted"):
        field(torch.ones(2, 3), z, pos, torch.tensor([1, 0]), torch.tensor([0, 1]))


def test_many_points_of_one_molecule_beside_few_of_others():
    field = OccupancyField()
    z, pos, batch = batch_of_three()
    points, owner = queries(pos, batch, (2, 900, 1))
    alone = field(points[owner == 2], z[batch == 2], pos[batch == 2])
    torch.testing.assert_close(field(points, z, pos, owner, batch)[owner == 2], alone)


def test_no_memory_of_the_callers_tensors():
    field = GaussianField()
    z, pos, batch = batch_of_three()
    points, owner = queries(pos, batch)
    before = [tensor.clone() for tensor in (points, z, pos, owner, batch)]
    field(points, z, pos, owner, batch)
    assert all(torch.equal(a, b) for a, b in zip(before, (points, z, pos, owner, batch), strict=True))
