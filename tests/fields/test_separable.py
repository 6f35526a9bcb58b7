"""Fields on grids: the same formula, one axis at a time, in NumPy and compiled."""

import importlib.util
from importlib import import_module

import pytest
import torch

from tests.fields.molecules import batch_of_three
from torch_molfield.fields import GaussianField, OccupancyField, PromolecularDensity, PropertyField
from torch_molfield.fields.block import BlockField

FIELDS = [
    GaussianField(),
    GaussianField(sigma=0.4, channels=("all", "H", "C", "N", "O", "others")),
    OccupancyField(),
    PropertyField(("pauling", "polarizability")),
    PropertyField(("allen", "polarizability"), mode="amplitude"),
]
each = pytest.mark.parametrize("field", FIELDS, ids=repr)


def take(monkeypatch, name):
    """One of the two implementations of the loops, whatever the work."""
    suffix = {"numpy": "", "numba": "_compiled"}[name]
    monkeypatch.setattr("torch_molfield.fields._separable.kernels", lambda module, *_: import_module(module + suffix))


@pytest.fixture(
    params=[
        "numpy",
        pytest.param("numba", marks=pytest.mark.skipif(not importlib.util.find_spec("numba"), reason="needs numba")),
    ]
)
def loops(request, monkeypatch):
    """Each implementation in turn."""
    take(monkeypatch, request.param)


def setting(dtype=torch.float64):
    """A batch, and axes of different lengths and unequal steps with a node on an atom."""
    z, pos, batch = batch_of_three(dtype)
    line = torch.linspace(-4.0, 4.0, 12, dtype=dtype)
    x, y, w = line, line[:10] + 0.1, torch.cat([line[:4], pos[:1, 2] + 1.0, line[8:]])
    x = torch.cat([x[:6], pos[:1, 0], x[6:]]).sort().values
    return z, pos, batch, (x, y, w.sort().values)


def nodes(axes, molecules):
    points = torch.stack(torch.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 3)
    return points.repeat(molecules, 1), torch.arange(molecules).repeat_interleave(len(points))


def point_by_point(field, points, owner, z, pos, batch):
    """Values by the way of free points: those that have gradients are taken for no grid."""
    return field(points.clone().requires_grad_(), z, pos, owner, batch)


@each
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-13), (torch.float32, 2e-6)])
def test_values_and_gradients_are_those_of_the_formula(field, dtype, tolerance, loops):
    z, pos, batch, axes = setting(dtype)
    pos.requires_grad_()
    points, owner = nodes(axes, 3)
    want = point_by_point(field, points, owner, z, pos, batch)
    got = field(points, z, pos, owner, batch)
    scale = float(want.detach().abs().max())
    torch.testing.assert_close(got, want, rtol=0, atol=tolerance * scale)
    grid = field.bind(z, pos, batch).on_grid(*axes)
    assert grid.shape == (3, *map(len, axes), len(field.channels))
    assert torch.equal(grid.reshape(got.shape), got)
    weight = torch.randn(want.shape, dtype=dtype, generator=torch.Generator().manual_seed(1))
    slopes = [torch.autograd.grad((values * weight).sum(), pos)[0] for values in (want, got)]
    torch.testing.assert_close(slopes[1], slopes[0], rtol=0, atol=10 * tolerance * float(slopes[0].abs().max()))


@each
def test_the_compiled_loops_give_the_same_bits(field, monkeypatch):
    pytest.importorskip("numba")
    z, pos, batch, axes = setting(torch.float32)
    found = []
    for name in ("numpy", "numba"):
        take(monkeypatch, name)
        found.append(field.bind(z, pos, batch).on_grid(*axes))
    assert torch.equal(*found)


@pytest.mark.parametrize("field", [GaussianField(sigma=0.6, channels=("all",)), OccupancyField(channels=("all",))])
def test_second_derivatives(field):
    z, pos = torch.tensor([6, 8]), torch.tensor([[0.0, 0, 0], [0.9, 0.3, -0.2]], dtype=torch.float64)
    axes = [torch.linspace(-0.5, 1.0, 3, dtype=torch.float64)] * 3

    def values(pos):
        return field.bind(z, pos).on_grid(*axes)

    assert torch.autograd.gradgradcheck(values, pos.requires_grad_())


def test_a_molecule_of_a_batch_has_its_own_axes():
    z, pos, batch, axes = setting()
    shifts = torch.tensor([0.0, 1.0, -2.0], dtype=torch.float64)
    field = OccupancyField()
    own = field.bind(z, pos, batch).on_grid(*(axis + shifts[:, None] for axis in axes))
    for k in range(3):
        alone = field.bind(z[batch == k], pos[batch == k]).on_grid(*(axis + shifts[k] for axis in axes))
        torch.testing.assert_close(own[k], alone[0], rtol=0, atol=1e-14)


def test_large_molecules_keep_the_tolerance():
    generator = torch.Generator().manual_seed(5)
    pos = 1.6 * torch.cartesian_prod(*[torch.arange(5.0, dtype=torch.float64)] * 3)
    pos = pos + 0.3 * torch.rand(pos.shape, generator=generator, dtype=torch.float64)
    z = torch.full((len(pos),), 6)
    axes = [torch.linspace(-1.0, 9.0, 11, dtype=torch.float64)] * 3
    for field in (OccupancyField(), GaussianField(sigma=0.5)):
        points, owner = nodes(axes, 1)
        exact = type(field).kernel(field, torch.cdist(points, pos).square(), *field.terms(z, pos, owner).shape.T)
        exact = field.finish(exact.sum(1))
        grid = field.bind(z, pos).on_grid(*axes)[..., 1].flatten()
        assert float((grid - exact).abs().max()) <= field.tolerance


def test_other_fields_and_blocks_on_grids():
    z, pos, batch, axes = setting()
    points, owner = nodes(axes, 3)
    field = PromolecularDensity()
    grid = field.bind(z, pos, batch).on_grid(*axes)
    assert torch.equal(grid.reshape(-1, 1), field(points, z, pos, owner, batch))
    z, pos = z[batch == 0], pos[batch == 0]
    mask = torch.arange(len(z)) < 2
    parts = [("a", GaussianField(), mask), ("b", OccupancyField(), ~mask), ("", GaussianField(), mask & ~mask)]
    block = BlockField(parts)
    points, owner = nodes(axes, 1)
    want = point_by_point(block, points, owner, z, pos, None)
    assert block.separable
    torch.testing.assert_close(block(points, z, pos), want.detach(), rtol=0, atol=1e-13)
    assert not BlockField([*parts, ("c", field, mask)]).separable


def test_grids_of_fields_are_made_one_axis_at_a_time(monkeypatch):
    z, pos = torch.tensor([6, 8]), torch.tensor([[0.0, 0, 0], [1.2, 0.1, 0]])
    field = GaussianField()
    with monkeypatch.context() as patch:
        patch.setattr(GaussianField, "separable", False)
        want = field.bind(z, pos).to_grid(0.5)
    monkeypatch.setattr(GaussianField, "evaluate", None)
    got = field.bind(z, pos).to_grid(0.5)
    torch.testing.assert_close(got.values, want.values, rtol=0, atol=5e-7)
    assert torch.equal(got.points(), want.points())


def test_bfloat16_autocast_changes_nothing():
    z, pos, batch, axes = setting(torch.float32)
    bound = GaussianField().bind(z, pos, batch)
    want = bound.on_grid(*axes)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(bound.on_grid(*axes), want)
