import pytest
import torch

from torch_molfield.models import MolecularNeuralField
from torch_molfield.models.latent_field import LatentField


@pytest.fixture
def field() -> LatentField:
    torch.manual_seed(0)
    network = {"latent": 8, "hidden": 16, "depth": 2, "lattice": 6, "lattice_features": 4}
    model = MolecularNeuralField(channels=("H", "C"), half_width=4.0, network=network).double().eval()
    return model.at(torch.randn(8, dtype=torch.float64), torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64))


@torch.no_grad()
def test_pieces_are_the_whole(field):
    points = field.center + 4 * (2 * torch.rand(field.chunk_size + 5, 3, dtype=torch.float64) - 1)
    values = field(points)
    assert values.shape == (field.chunk_size + 5, 2)
    torch.testing.assert_close(field(points[-9:]), values[-9:])


def test_gradient_against_differences_through_the_lattice(field):
    points, step = field.center + torch.randn(5, 3, dtype=torch.float64), 1e-5
    for axis, move in enumerate(step * torch.eye(3, dtype=torch.float64)):
        slope = (field(points + move) - field(points - move)) / (2 * step)
        torch.testing.assert_close(field.gradient(points)[..., axis], slope.detach(), atol=1e-7, rtol=1e-6)


def test_a_grid_has_its_ends_on_the_box_and_x_first(field):
    assert field.spacing(4) == pytest.approx(8 / 3)
    grid = field.to_grid(field.spacing(4))
    assert grid.values.shape == (4, 4, 4, 2)
    corner = field.center + torch.tensor([-4.0, -4.0, 4.0], dtype=torch.float64)
    torch.testing.assert_close(grid.values[0, 0, -1], field(corner[None])[0].detach())
