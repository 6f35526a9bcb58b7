import pytest
import torch

from torch_molfield.data import from_smiles
from torch_molfield.evaluation.fields import grid_errors, grid_psnr, path_smoothness, psnr
from torch_molfield.fields import GaussianField
from torch_molfield.models import MolecularNeuralField
from torch_molfield.training import molecule_target


@pytest.fixture(scope="module")
def target():
    data = from_smiles("CO")
    return molecule_target(GaussianField(channels=("H", "C", "O")), data.z, data.pos + 5.0)


@pytest.fixture(scope="module")
def model(target):
    torch.manual_seed(0)
    network = {"latent": 8, "hidden": 16, "depth": 2}
    made = MolecularNeuralField(channels=("H", "C", "O"), shapes=3, half_width=target.half_width, network=network)
    made.centers.copy_(target.center.expand(3, 3))
    made.scales.copy_(torch.tensor([2.0, 3.0, 4.0]))
    with torch.no_grad():
        made.latents.normal_()
    return made.eval()


def test_in_chunks_as_on_whole_grids(model, target):
    field = model.shape(1)
    exact = target.grid(9, model.half_width) / model.scales
    assert grid_psnr(field, target, 9) == pytest.approx(psnr(field.to_grid(field.spacing(9)).values, exact), abs=1e-3)
    by_channel = (field.to_grid(field.spacing(9)).values - exact).square().mean((0, 1, 2))
    torch.testing.assert_close(grid_errors(field, target, 9).float(), by_channel, rtol=1e-3, atol=1e-6)
    with pytest.raises(ValueError, match="GiB"):
        grid_errors(field, target, 4000)


def test_known_ratios():
    assert psnr(torch.full((5,), 0.1), torch.zeros(5)) == pytest.approx(20.0, abs=1e-4)
    assert psnr(torch.ones(1), torch.ones(1)) == pytest.approx(200.0)


def test_uniform_steps_and_a_jump(model):
    first, last = model.shape(0), model.shape(2)
    assert path_smoothness([first, last, first], count=4) == pytest.approx(1.0)
    assert path_smoothness([first, first, last], count=4) == pytest.approx(2.0)
