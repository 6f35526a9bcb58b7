import pytest
import torch

from torch_molfield.models import GridNeuralField

NETWORK = {"latent": 8, "hidden": 16, "depth": 2, "lattice": 4, "lattice_features": 2}


@pytest.fixture
def model() -> GridNeuralField:
    torch.manual_seed(0)
    return GridNeuralField(channels=("H", "C"), half_width=3.0, network=NETWORK, grid=8).eval()


@torch.no_grad()
def test_a_grid_becomes_a_code_and_the_code_a_field(model):
    grids = torch.rand(3, 8, 8, 8, 2)
    codes = model.encode(grids)
    assert codes.shape == (3, 8)
    torch.testing.assert_close(model.encode(grids[1:2]), codes[1:2])
    center = torch.tensor([1.0, 0.0, -1.0])
    field = model(grids[1], center)
    torch.testing.assert_close(field.latent, codes[1])
    points = center + torch.randn(5, 3)
    torch.testing.assert_close(field(points), model.decoder.field(codes[1], points - center))


@torch.no_grad()
def test_other_grids_other_codes(model):
    grids = torch.rand(2, 8, 8, 8, 2)
    codes = model.encode(grids)
    assert not torch.allclose(codes[0], codes[1], atol=1e-4)
    assert not torch.allclose(model.encode(grids.transpose(1, 2)), codes, atol=1e-4)


@torch.no_grad()
def test_saved_and_loaded(model, tmp_path):
    grids = torch.rand(1, 8, 8, 8, 2)
    again = GridNeuralField.from_pretrained(model.save_pretrained(tmp_path / "grid"))
    torch.testing.assert_close(again.encode(grids), model.encode(grids))


@pytest.mark.parametrize("shape", [(1, 4, 4, 4, 2), (8, 8, 8, 2)])
def test_grids_of_another_size(model, shape):
    with pytest.raises(ValueError, match=r"\[B, 8, 8, 8, C\]"):
        model.encode(torch.zeros(shape))
