import math
from dataclasses import replace

import pytest
import torch

from torch_molfield.geometry import canonical_frames
from torch_molfield.models import MolField
from torch_molfield.nn import CanonicalINR
from torch_molfield.nn.inr import neural_field
from torch_molfield.nn.inr.neural_field import NeuralField
from torch_molfield.testing import molecule

SMALL = {"hidden": 16, "depth": 2, "num_frequencies": 16, "width": 16, "vectors": 4, "heads": 4, "trunk_layers": 1}


class Ball(CanonicalINR):
    """Signed distance to a ball of 1.7 Å about the origin of every frame."""

    def forward(self, points, parameters):
        return points.norm(dim=-1, keepdim=True) - 1.7


@pytest.fixture
def model():
    torch.manual_seed(0)
    return MolField(("a", "b"), "e", **SMALL).double().eval()


def ball(name, channels=("signed_distance",)):
    z, pos = molecule(name)
    frames = canonical_frames(z, pos + 5.0)
    tokens = torch.zeros(len(frames.weight), 1, 1)
    return NeuralField(Ball(), [tokens.double()], tokens, frames, pos + 5.0, z * 0, channels, "Å")


def queries(pos, batch, number=6):
    points = pos.repeat_interleave(number, dim=0)
    return points + torch.randn_like(points), batch.repeat_interleave(number)


def test_a_batch_is_its_molecules_one_by_one(model, atoms):
    z, pos, batch = atoms
    points, points_batch = queries(pos, batch)
    field = model(z, pos, batch)
    values, gradient = field(points, points_batch), field.gradient(points, points_batch)
    for m in range(3):
        mine, asked = batch == m, points_batch == m
        alone, part = model(z[mine], pos[mine]), field.single(m)
        torch.testing.assert_close(alone(points[asked]), values[asked])
        torch.testing.assert_close(part(points[asked]), values[asked])
        torch.testing.assert_close(alone.gradient(points[asked]), gradient[asked])
        torch.testing.assert_close(alone.tokens[0], field.tokens[m])
        torch.testing.assert_close(part.tokens[0], field.tokens[m])


def test_some_molecules_may_go_without_points(model, atoms):
    z, pos, batch = atoms
    points = torch.randn(4, 3, dtype=torch.float64)
    field = model(z, pos, batch)
    one = torch.full((4,), 1)
    torch.testing.assert_close(field(points, one), field.single(1)(points))


def test_chunks_change_nothing(model, atoms, monkeypatch):
    z, pos, batch = atoms
    points, points_batch = queries(pos, batch, 40)
    whole = model(z, pos, batch)(points, points_batch)
    monkeypatch.setattr(neural_field, "CHUNK", 200)
    torch.testing.assert_close(model(z, pos, batch)(points, points_batch), whole)


@pytest.mark.parametrize("name", ["He", "CO2", "NH3", "R-CHFClBr"])
def test_derivatives_are_those_of_finite_differences(model, name):
    """Also on the axis of a linear molecule and at the only nucleus."""
    z, pos = molecule(name)
    field = model(z, pos)
    points = torch.cat([pos, torch.randn(4, 3, dtype=torch.float64)])
    step = 2e-2 * torch.eye(3, dtype=torch.float64)
    around = torch.stack([field(points + s * k * d) for d in step for s in (1, -1) for k in (1, 2)])
    plus, two_plus, minus, two_minus = around.reshape(3, 4, *around.shape[1:]).unbind(1)
    slope = (8 * (plus - minus) - (two_plus - two_minus)) / (12 * 2e-2)
    bend = (16 * (plus + minus) - (two_plus + two_minus) - 30 * field(points)) / (12 * 4e-4)
    torch.testing.assert_close(field.gradient(points), slope.permute(1, 2, 0), atol=2e-4, rtol=1e-3)
    torch.testing.assert_close(field.laplacian(points), bend.sum(0), atol=2e-2, rtol=1e-2)
    assert field.gradient(points).shape == (len(points), 2, 3)


def test_gradients_reach_points_weights_and_atoms(model, atoms):
    z, pos, batch = atoms
    pos = pos.clone().requires_grad_()
    points, points_batch = queries(pos.detach(), batch)
    points.requires_grad_()
    slope = model(z, pos, batch).gradient(points, points_batch, create_graph=True)
    grads = torch.autograd.grad(slope.square().sum(), [points, pos, *model.parameters()], allow_unused=True)
    assert all(g is None or bool(torch.isfinite(g).all()) for g in grads)
    assert grads[0].abs().max() > 0
    assert grads[1].abs().max() > 0


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_second_derivatives_have_no_nan_on_an_axis(model, dtype):
    """What the Eikonal loss does: the gradient of a function of the gradient, in the weights."""
    model = model.to(dtype)
    for name in ("He", "HCN", "CH4"):
        z, pos = molecule(name, dtype)
        points = pos.clone().requires_grad_()
        slope = model(z, pos).gradient(points, create_graph=True)
        (slope.norm(dim=-1) - 1).square().sum().backward()
        assert all(bool(torch.isfinite(p.grad).all()) for p in model.parameters() if p.grad is not None)
        assert torch.isfinite(points.grad).all()


def test_an_empty_query(model, atoms):
    field = model(*atoms)
    none, nobody = torch.zeros(0, 3, dtype=torch.float64), torch.zeros(0, dtype=torch.long)
    assert field(none, nobody).shape == (0, 2)
    assert field.gradient(none, nobody).shape == (0, 2, 3)
    assert field.laplacian(none, nobody).shape == (0, 2)


@pytest.mark.parametrize(
    ("points", "points_batch", "sentence"),
    [
        (torch.zeros(2, 3), torch.tensor([0, 1]), r"points have dtype torch.float32 but pos torch.float64"),
        (torch.zeros(2, 3, device="meta", dtype=torch.float64), torch.tensor([0, 1]), "points are on meta but pos on"),
        (torch.zeros(2, 3, dtype=torch.float64), torch.tensor([1, 0]), "points_batch must be sorted"),
        (torch.zeros(2, 3, dtype=torch.float64), torch.tensor([0, 3]), "names molecule 3, but there are 3"),
        (torch.zeros(2, 3, dtype=torch.float64), None, "points_batch is missing: the batch has 3"),
        (torch.full((2, 3), torch.nan, dtype=torch.float64), torch.tensor([0, 1]), "points contain NaN"),
        (torch.zeros(2, 2, dtype=torch.float64), None, r"points must be a tensor of shape \[Q, 3\]"),
    ],
)
def test_bad_points(model, atoms, points, points_batch, sentence):
    with pytest.raises(ValueError, match=sentence):
        model(*atoms)(points, points_batch)


def test_grid_is_the_field_at_its_nodes(model, atoms):
    field = model(*atoms)
    grid = field.to_grid(0.7, molecule=1, margin=1.0)
    values, origin = grid.values, grid.origin
    pos = atoms[1][atoms[2] == 1]
    torch.testing.assert_close(origin, pos.amin(0) - 1.0)
    assert (origin + 0.7 * (torch.tensor(values.shape[:3]) - 1) >= pos.amax(0) + 1.0).all()
    node = origin + 0.7 * torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
    torch.testing.assert_close(values[1, 2, 3], field.single(1)(node[None])[0].detach())
    assert not values.requires_grad


@pytest.mark.parametrize("name", ["He", "CO2"])
def test_mesh_of_a_ball(name):
    field = ball(name)
    mesh = field.to_mesh(spacing=0.25)
    assert mesh.is_watertight
    assert mesh.volume == pytest.approx(4 / 3 * math.pi * 1.7**3, rel=0.02)
    centre = mesh.vertices.mean(0)
    assert centre == pytest.approx([5.0, 5.0, 5.0], abs=0.02)
    assert ((mesh.vertices - 5.0) ** 2).sum(1) ** 0.5 == pytest.approx(1.7, abs=1e-3)
    assert field.to_mesh(level=0.5, spacing=0.25).volume == pytest.approx(4 / 3 * math.pi * 2.2**3, rel=0.02)


def test_a_signed_distance_has_no_surface_far_from_the_atoms():
    """A network that turns negative again where it was not trained: without a bound the box would grow and grow."""

    class Wild(Ball):
        def forward(self, points, parameters):
            distance = points.norm(dim=-1, keepdim=True)
            return torch.where(distance < 5.5, distance - 1.7, -distance)

    mesh = replace(ball("He"), inr=Wild()).to_mesh(spacing=0.25)
    assert mesh.num_components == 1
    assert mesh.volume == pytest.approx(4 / 3 * math.pi * 1.7**3, rel=0.02)


def test_mesh_of_what_is_high_inside():
    high = ball("He", ("density",))

    class Negative(Ball):
        def forward(self, points, parameters):
            return -super().forward(points, parameters)

    high = replace(high, inr=Negative())
    mesh = high.to_mesh(spacing=0.25, ascent=True)
    assert mesh.volume == pytest.approx(4 / 3 * math.pi * 1.7**3, rel=0.02)


def test_requests_that_make_no_sense(model, atoms):
    field = model(*atoms)
    with pytest.raises(ValueError, match="molecule 3 is not in the batch; choose a number from 0 to 2"):
        field.to_grid(0.5, molecule=3)
    with pytest.raises(ValueError, match=r"spacing must be a positive number of Å, got -1\.0"):
        field.to_grid(-1.0)
    with pytest.raises(ValueError, match="channel 2 does not exist; the 2 channels are"):
        field.to_mesh(channel=2)
    with pytest.raises(ValueError, match="has no surface in the box"):
        field.to_mesh(level=1e6, spacing=0.5)
