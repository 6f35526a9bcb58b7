import pytest
import torch

from torch_molfield.cli.learned_density import learned_density
from torch_molfield.data import from_smiles
from torch_molfield.models import ElectronDensityMolField, EnergyMolField


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    torch.manual_seed(0)
    network = ElectronDensityMolField(width=8, tensors=4, layers=2, radial=4, sources=2)
    return str(network.save_pretrained(tmp_path_factory.mktemp("density")))


def test_a_neutral_molecule(model):
    density, lines = learned_density(from_smiles("O"), model, None, "density")
    assert float(density.num_electrons.detach()) == pytest.approx(10, abs=1e-3)
    assert lines[0].startswith("charge      0 e (") and lines[1] == "electrons   10.000"
    assert lines[2].startswith("dipole ") and lines[2].endswith(" D")


def test_the_charge_that_is_given_comes_before_that_of_the_molecule(model):
    hydroxide = from_smiles("[OH-]")
    _, lines = learned_density(hydroxide, model, None, "density")
    assert lines[0].startswith("charge      -1 e (") and lines[1] == "electrons   10.000"
    _, lines = learned_density(hydroxide, model, 1, "density")
    assert lines[0].startswith("charge      +1 e (") and lines[1] == "electrons   8.000"
    assert lines[2].endswith(" D about the centre of the nuclear charges")


def test_bad_input(model, tmp_path):
    with pytest.raises(ValueError, match="9 electrons"):
        learned_density(from_smiles("O"), model, 1, "density")
    other = EnergyMolField(width=8, vectors=2, layers=1).save_pretrained(tmp_path)
    with pytest.raises(ValueError, match="not density"):
        learned_density(from_smiles("O"), str(other), None, "density")
