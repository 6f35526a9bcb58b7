import numpy as np
import pytest
import torch

from torch_molfield.models import MolecularNeuralField


@pytest.fixture
def model():
    torch.manual_seed(0)
    network = {"latent": 8, "hidden": 16, "depth": 2}
    made = MolecularNeuralField(channels=("H", "C"), shapes=3, half_width=4.0, network=network)
    made.centers.copy_(torch.arange(9.0).reshape(3, 3))
    with torch.no_grad():
        made.latents.normal_()
    return made.eval()


def test_a_field_moves_with_its_center(model):
    points = torch.randn(7, 3)
    here, there = model.at(model.latents[1].detach()), model.shape(1)
    torch.testing.assert_close(there(points + model.centers[1]), here(points), atol=1e-4, rtol=0)
    assert there(points).shape == (7, 2)


def test_many_codes_at_once(model):
    points = torch.randn(5, 3)
    together = model.field(model.latents, points)
    assert together.shape == (3, 5, 2)
    torch.testing.assert_close(together[2], model.field(model.latents[2], points))


def test_a_finer_grid_is_the_same_function(model):
    field = model.shape(0)
    coarse, fine = (field.to_grid(field.spacing(count)).values for count in (3, 5))
    torch.testing.assert_close(fine[::2, ::2, ::2], coarse, atol=1e-5, rtol=0)
    corner = model.centers[:1] + torch.tensor([[4.0, -4.0, 4.0]])
    torch.testing.assert_close(coarse[-1, 0, -1], field(corner)[0].detach(), atol=1e-5, rtol=0)
    assert field.spacing(5) == 2.0
    with pytest.raises(ValueError, match="GiB"):
        field.to_grid(field.spacing(5000))


def test_gradient_against_differences(model):
    model = model.double()
    field, x, step = model.shape(0), torch.randn(4, 3, dtype=torch.float64), 1e-6
    moved = torch.eye(3, dtype=torch.float64) * step
    slope = torch.stack([(field(x + d) - field(x - d)) / (2 * step) for d in moved], dim=-1)
    torch.testing.assert_close(field.gradient(x), slope.detach(), atol=1e-6, rtol=1e-5)


def test_interpolation_ends_where_it_should(model):
    path = model.interpolate(0, 2, steps=5)
    assert len(path) == 5
    assert torch.equal(path[0].latent, model.latents[0]) and torch.equal(path[-1].center, model.centers[2])
    torch.testing.assert_close(path[2].latent, (model.latents[0] + model.latents[2]).detach() / 2)


def test_saved_loaded_exported(model, tmp_path):
    again = MolecularNeuralField.from_pretrained(model.save_pretrained(tmp_path / "minf"))
    assert torch.equal(again.shape(2)(torch.ones(1, 3)), model.shape(2)(torch.ones(1, 3)))
    with np.load(model.export_latents(tmp_path / "latents.npz"), allow_pickle=False) as archive:
        np.testing.assert_array_equal(archive["latents"], model.latents.detach().numpy())
        np.testing.assert_array_equal(archive["centers"], model.centers.numpy())


def test_bad_input(model):
    with pytest.raises(ValueError, match=r"\[8\], got \[5\]"):
        model.at(torch.zeros(5))
    with pytest.raises(ValueError, match="length 5"):
        model.field(torch.zeros(5), torch.zeros(1, 3))
    with pytest.raises(ValueError, match="shape 3 does not exist; choose a number from 0 to 2"):
        model.shape(3)
    with pytest.raises(ValueError, match="steps must be 2"):
        model.interpolate(0, 1, steps=1)
    with pytest.raises(ValueError, match="steps must be 2 .both ends. to 1000, got 10000000"):
        model.interpolate(0, 1, steps=10_000_000)
    with pytest.raises(ValueError, match="make no model"):
        MolecularNeuralField(channels=())
