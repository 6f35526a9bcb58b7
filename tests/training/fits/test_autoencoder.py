import pytest
import torch

from torch_molfield.data import from_smiles
from torch_molfield.evaluation.fields import decoded_psnr, psnr
from torch_molfield.fields import GaussianField
from torch_molfield.fields.targets import common_box
from torch_molfield.models import GraphNeuralField, GridNeuralField
from torch_molfield.testing import random_rotations
from torch_molfield.training import NeuralFieldFit, fit_autoencoder, molecule_target

FIELD = GaussianField(channels=("H", "C", "O"))
NETWORK = {"latent": 16, "hidden": 32, "depth": 2, "lattice": 8, "omega": 3.0, "spectrum": "gaussian"}
QUICK = {"pool": 2000, "num_points": 200, "batch_size": 2}
SMALL = {"hidden": 8, "depth": 2, "width": 16, "vectors": 2, "heads": 2, "num_frequencies": 8, "token_layers": 1}


@pytest.fixture(scope="module")
def shapes():
    data = [from_smiles(smiles) for smiles in ("CCO", "OCCO", "CCC")]
    return [molecule_target(FIELD, one.z, one.pos) for one in data]


def test_codes_from_grids(shapes, tmp_path):
    torch.manual_seed(0)
    half = common_box(shapes)
    model = GridNeuralField(channels=FIELD.channels, half_width=half, network=NETWORK, grid=8)
    fitted, curve = fit_autoencoder(model, shapes, NeuralFieldFit(max_steps=150, **QUICK))
    assert fitted is model
    assert curve[-1][1] < 0.6 * curve[0][1]
    grids = torch.stack([shape.grid(8, half) for shape in shapes]) / model.decoder.scales
    codes = model.encode(grids)
    assert float((codes[0] - codes[1]).detach().abs().max()) > 1e-3
    again = GridNeuralField.from_pretrained(model.save_pretrained(tmp_path / "grid"))
    field = again(grids[0], shapes[0].center)
    torch.testing.assert_close(field.latent, codes[0].detach())
    assert field(shapes[0].pos).shape == (len(shapes[0].z), 3)
    exact = grids[0]
    decoded = field.to_grid(field.spacing(8)).values
    assert decoded_psnr(again, shapes[0], 8) == pytest.approx(psnr(decoded, exact), abs=1e-3)
    with pytest.raises(ValueError, match=r"\[B, 8, 8, 8, C\]"):
        model.encode(grids[:, :4])


def test_codes_from_graphs_do_not_see_the_pose(shapes, tmp_path):
    torch.manual_seed(0)
    half = common_box(shapes)
    model = GraphNeuralField(channels=FIELD.channels, half_width=half, network=NETWORK, field=SMALL)
    _, curve = fit_autoencoder(model, shapes, NeuralFieldFit(max_steps=60, **QUICK))
    assert curve[-1][1] < curve[0][1]
    model = GraphNeuralField.from_pretrained(model.save_pretrained(tmp_path / "graph")).double()
    turn, shift = random_rotations(1, seed=1)[0], torch.tensor([3.0, -1.0, 2.0]).double()
    z, pos = shapes[1].z, shapes[1].pos.double()
    moved, points = pos @ turn.T + shift, pos + 0.3
    torch.testing.assert_close(model.encode(z, moved), model.encode(z, pos), atol=1e-6, rtol=0)
    values = model(z, pos)(points)
    torch.testing.assert_close(model(z, moved)(points @ turn.T + shift), values, atol=1e-6, rtol=0)
    assert float(values.detach().std()) > 1e-3
    assert 0 < decoded_psnr(model.float(), shapes[1], 8) < 60


def test_targets_that_do_not_fit(shapes):
    model = GridNeuralField(channels=FIELD.channels, half_width=1.0, network=NETWORK)
    with pytest.raises(ValueError, match="need a box"):
        fit_autoencoder(model, shapes, NeuralFieldFit(max_steps=1, **QUICK))
