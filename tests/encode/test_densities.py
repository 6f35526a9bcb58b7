import numpy as np
import pytest
import torch

from torch_molfield.data import Entry, from_smiles
from torch_molfield.encode import encode
from torch_molfield.encode.densities import DensityEncoder
from torch_molfield.functions import GridField
from torch_molfield.models import ElectronDensityMolField
from torch_molfield.nn.gaussians import AtomCenteredDensity


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return ElectronDensityMolField(width=8, tensors=4, layers=1, sources=4).eval()


def test_the_density_is_made_of_what_is_stored(model):
    molecules = [from_smiles("O"), from_smiles("[NH4+]"), from_smiles("[CH3]")]
    found = encode(DensityEncoder(model), [Entry(k, "", data) for k, data in enumerate(molecules)])
    assert found["number"].tolist() == [0, 1] and "9 electrons" in found["problem"][0]
    begins = np.cumsum(found["coefficients_size"])
    z, pos = torch.tensor(found["z"][3:]), torch.tensor(found["pos"][3:])
    again = AtomCenteredDensity.from_coefficients(z, pos, torch.tensor(found["coefficients"][begins[0] :]))
    with torch.no_grad():
        expected = model(molecules[1].z, molecules[1].pos, charge=torch.tensor([1.0]))
        torch.testing.assert_close(again(pos + 0.4), expected(pos + 0.4), rtol=1e-4, atol=1e-5)
        assert found["charges"][3:] == pytest.approx(expected.charges.numpy(), abs=1e-5)
    assert found["charges"][3:].sum() == pytest.approx(1.0, abs=1e-3)


def test_cubes_where_they_are_asked_for(model, tmp_path):
    encode(DensityEncoder(model, tmp_path, 0.8), [Entry(5, "", from_smiles("O"))])
    assert GridField.from_cube(tmp_path / "00000005.cube").values.max() > 0.01
