import json

import pytest
import torch

from torch_molfield.data import MolFieldData, from_smiles
from torch_molfield.fields import PropertyField, complex_field
from torch_molfield.models import MolecularNeuralField
from torch_molfield.training import FieldRecipe
from torch_molfield.training.fits.recipe import element_channels


@pytest.fixture(scope="module")
def pair():
    data = from_smiles("CO.CN")
    names = ["LIG"] * 6 + ["ALA"] * 7
    return MolFieldData(z=data.z, pos=data.pos, residue_name=names)


def test_the_same_field_as_by_hand(pair):
    target = FieldRecipe(channels=("H", "C", "wigner_seitz"), beta=0.25, ligand="LIG").target(pair)
    by_hand = complex_field(torch.arange(13) < 6)
    torch.testing.assert_close(target(pair.pos), by_hand(pair.pos, pair.z, pair.pos))
    assert target.field.channels == by_hand.channels


def test_hydrophobicity_comes_from_the_residues(pair):
    target = FieldRecipe(channels=("hydrophobicity",)).target(pair)
    scale = torch.tensor([0.0] * 6 + [1.8] * 7)
    by_hand = PropertyField("hydrophobicity", "amplitude", hydrophobicity=scale)
    torch.testing.assert_close(target(pair.pos), by_hand(pair.pos, pair.z, pair.pos))
    with pytest.raises(ValueError, match="from_pdb"):
        FieldRecipe(channels=("hydrophobicity",)).target(from_smiles("C"))


def test_saved_beside_a_model(tmp_path):
    MolecularNeuralField(channels=("C",), network={"latent": 4, "hidden": 4, "depth": 1}).save_pretrained(tmp_path)
    with pytest.raises(ValueError, match="is missing"):
        FieldRecipe.load(tmp_path)
    recipe = FieldRecipe(channels=("C", "pauling"), beta=0.5, ligand="XK2")
    recipe.save(tmp_path)
    assert FieldRecipe.load(tmp_path) == recipe
    for damage in ("{", json.dumps({"beta": 1.0}), json.dumps({"channels": ["C"], "colour": 1})):
        (tmp_path / "field.json").write_text(damage)
        with pytest.raises(ValueError, match="is not a field recipe"):
            FieldRecipe.load(tmp_path)


def test_a_channel_for_each_element():
    assert element_channels([from_smiles("C"), from_smiles("CO")]) == ("H", "C", "O")
    assert element_channels([from_smiles("C[Si]")]) == ("H", "C", "others")
