import pytest
import torch

from torch_molfield.data import from_smiles
from torch_molfield.data.properties import Output
from torch_molfield.encode.predictions import PredictionEncoder
from torch_molfield.models import EnergyMolField


@pytest.fixture(scope="module")
def encoder():
    torch.manual_seed(0)
    model = EnergyMolField(width=8, vectors=2, charges=True, electrostatics=True).eval()
    return PredictionEncoder(model, [output for output in model.outputs if output.per == "molecule"])


def test_each_molecule_has_the_charge_of_its_smiles(encoder):
    molecules = [from_smiles("[NH4+]"), from_smiles("[OH-]"), from_smiles("O")]
    found = encoder.encode(molecules)
    for data, charge, energy in zip(molecules, (1.0, -1.0, 0.0), found["energy"], strict=True):
        expected = encoder.model(data.z, data.pos, charge=torch.tensor([charge]))["energy"]
        torch.testing.assert_close(energy, expected[0])


def test_an_odd_number_of_electrons_is_a_problem(encoder):
    assert encoder.problem(from_smiles("[NH4+]")) == ""
    assert encoder.problem(from_smiles("[CH3]")).startswith("charge: the molecule would have 9 electrons")


def test_values_per_atom_are_refused(encoder):
    with pytest.raises(ValueError, match="no values per atom, such as forces"):
        PredictionEncoder(encoder.model, [Output("forces", "eV/Å", "atom")])
