import pytest
import torch

from tests.fields.molecules import batch_of_three
from torch_molfield.fields import GaussianField, GridField, PromolecularDensity

Z = torch.tensor([8, 1, 1])
POS = torch.tensor([[0.0, 0.0, 0.1], [0.76, 0.0, -0.48], [-0.76, 0.0, -0.48]])


def smooth():
    return GaussianField(sigma=0.6, channels=("H", "O"))


def near(count=300):
    return 0.8 * torch.randn(count, 3, generator=torch.Generator().manual_seed(0))


def test_cubic_beats_linear_and_both_converge():
    exact = smooth()(near(), Z, POS)

    def error(method, spacing):
        grid = GridField.from_field(smooth(), Z, POS, spacing, margin=3.5, method=method)
        return float((grid(near()) - exact).abs().max())

    assert error("linear", 0.2) < 0.04
    assert error("cubic", 0.2) < 0.25 * error("linear", 0.2)
    assert error("linear", 0.1) < 0.3 * error("linear", 0.2)
    assert error("cubic", 0.1) < 0.15 * error("cubic", 0.2)


def test_from_field_is_exact_at_its_points_and_keeps_the_margin():
    grid = GridField.from_field(smooth(), Z, POS, spacing=0.3, margin=1.0)
    points = grid.points().float()
    torch.testing.assert_close(grid.values.reshape(-1, 2), smooth()(points, Z, POS))
    torch.testing.assert_close(grid(points), grid.values.reshape(-1, 2), atol=2e-6, rtol=1e-5)
    assert (points.amin(0) <= POS.amin(0) - 1.0 + 1e-5).all()
    assert (points.amax(0) >= POS.amax(0) + 1.0 - 1e-5).all()
    assert grid.channels == ("H", "O")


def test_oblique_axes():
    axes = torch.tensor([[0.3, 0.1, 0.0], [0.0, 0.4, 0.1], [-0.1, 0.0, 0.5]])
    grid = GridField(torch.zeros(5, 6, 7), [1.0, 2.0, 3.0], axes)
    linear = grid.points() @ torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
    grid = GridField(linear.reshape(5, 6, 7), [1.0, 2.0, 3.0], axes)
    index = torch.rand(50, 3, generator=torch.Generator().manual_seed(2)).double() * torch.tensor([4.0, 5.0, 6.0])
    points = torch.tensor([1.0, 2.0, 3.0]).double() + index @ axes.double()
    value = grid(points)
    torch.testing.assert_close(value[:, 0], points @ torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64))


def test_outside_is_zero_or_an_error():
    values, beyond = torch.ones(3, 3, 3), torch.tensor([[0.5, 0.5, 0.5], [2.5, 0.5, 0.5]])
    field = GridField(values, [0.0, 0.0, 0.0], 1.0)
    points = beyond.clone().requires_grad_()
    value = field(points)
    assert value[:, 0].tolist() == [1.0, 0.0]
    assert torch.equal(torch.autograd.grad(value.sum(), points)[0][1], torch.zeros(3))
    assert field(torch.tensor([[2.0, 2.0, 0.0]])).item() == pytest.approx(1.0)
    with pytest.raises(ValueError, match="lies outside the grid"):
        GridField(values, [0.0, 0.0, 0.0], 1.0, outside="error")(beyond)


def test_all_molecules_see_the_same_grid():
    z, pos, batch = batch_of_three()
    field = GridField(torch.rand(4, 4, 4, 2, dtype=torch.float64), [0, 0, 0], 1.0)
    owner = torch.tensor([0, 1, 2, 2])
    points = torch.rand(4, 3, dtype=torch.float64).requires_grad_()
    bound = field.bind(z, pos, batch)
    torch.testing.assert_close(bound(points, owner), field(points))
    assert bound(points[:0], owner[:0]).shape == (0, 2)
    assert torch.autograd.gradcheck(lambda p: bound(p, owner), (points,))
    with pytest.raises(ValueError, match="z must be an integer tensor"):
        field.bind(z[:2], pos, batch)
    with pytest.raises(ValueError, match="points_batch must be sorted"):
        field(points, owner.flip(0))


def test_cube_round_trip(tmp_path):
    pos = POS.double()
    grid = GridField.from_field(smooth(), Z, pos, spacing=0.4, margin=1.5)
    grid.to_cube(tmp_path / "water.cube", Z, pos)
    back = GridField.from_cube(tmp_path / "water.cube", dtype=torch.float64)
    torch.testing.assert_close(back.values, grid.values, atol=1e-12, rtol=1e-6)
    torch.testing.assert_close(back.points(), grid.points(), atol=1e-7, rtol=0)
    torch.testing.assert_close(back.axes, grid.axes, atol=1e-8, rtol=0)


def test_density_read_by_ase_is_the_same(tmp_path):
    cube = pytest.importorskip("ase.io.cube")
    grid = GridField.from_field(PromolecularDensity(), Z, POS, spacing=0.5, margin=1.0)
    grid.to_cube(tmp_path / "water.cube", Z, POS)
    with open(tmp_path / "water.cube", encoding="utf-8") as file:
        content = cube.read_cube(file)
    assert content["atoms"].numbers.tolist() == Z.tolist()
    assert abs(content["atoms"].positions - POS.numpy()).max() < 1e-6
    torch.testing.assert_close(torch.from_numpy(content["data"]).float(), grid.values[..., 0], rtol=1e-5, atol=1e-6)


def test_bad_grids():
    for values in (torch.zeros(3, 3), torch.zeros(1, 3, 3), torch.zeros(3, 3, 3, dtype=torch.long)):
        with pytest.raises(ValueError, match="values must be floats"):
            GridField(values, [0, 0, 0], 1.0)
    with pytest.raises(ValueError, match="NaN or infinity"):
        GridField(torch.full((2, 2, 2), float("nan")), [0, 0, 0], 1.0)
    with pytest.raises(ValueError, match="three independent steps"):
        GridField(torch.zeros(2, 2, 2), [0, 0, 0], torch.ones(3, 3))
    with pytest.raises(ValueError, match="method must be one of"):
        GridField(torch.zeros(2, 2, 2), [0, 0, 0], 1.0, method="quintic")
    with pytest.raises(ValueError, match="channels names 2"):
        GridField(torch.zeros(2, 2, 2), [0, 0, 0], 1.0, channels=("a", "b"))


def test_repr_changes_with_the_values():
    first, second = (GridField(torch.full((2, 2, 2), v), [0, 0, 0], 1.0) for v in (0.0, 1.0))
    assert repr(first) != repr(second)
    assert repr(first).startswith("GridField(values=Tensor([2, 2, 2, 1], torch.float32, sha256=")
