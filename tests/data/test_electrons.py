import pytest
import torch

from torch_molfield.data import MolFieldData
from torch_molfield.data.electrons import (
    charge_or_zero,
    checked_number,
    electrons_of,
    stored_charge,
    unusual_electrons,
)


@pytest.mark.parametrize(
    ("smiles", "expected"),
    [
        ("CCO", {}),
        ("C[N+](=O)[O-]", {}),
        ("CC(=O)[O-]", {"charge": -1}),
        ("[CH3]", {"spin": 2}),
        ("[O][O]", {"spin": 3}),
        ("no SMILES", {}),
    ],
)
def test_charge_and_multiplicity(smiles, expected):
    assert electrons_of(smiles) == expected


def test_where_the_charge_is_from():
    z = torch.tensor([8, 1])
    assert stored_charge(MolFieldData(z=z)) is None and charge_or_zero(MolFieldData(z=z)) == 0.0
    assert stored_charge(MolFieldData(z=z, smiles="[OH-]")) == (-1.0, "of the SMILES")
    assert charge_or_zero(MolFieldData(z=z, smiles="[OH-]")) == -1.0
    assert stored_charge(MolFieldData(z=z, smiles="O", charge=torch.tensor([1]))) == (1.0, "of the file")


def test_unusual_charge_and_multiplicity():
    z = torch.tensor([8, 1])
    assert unusual_electrons(MolFieldData(z=z)) == {}
    assert unusual_electrons(MolFieldData(z=z, charge=torch.tensor([0.0]), spin=torch.tensor([1]))) == {}
    assert unusual_electrons(MolFieldData(z=z, smiles="[OH-]")) == {"charge": -1}
    assert unusual_electrons(MolFieldData(z=z, smiles="[OH]", charge=torch.tensor([1]))) == {"charge": 1, "spin": 2}
    assert unusual_electrons(MolFieldData(z=z, spin=torch.tensor([3]))) == {"spin": 3}


@pytest.mark.parametrize("value", ["abc", None, float("nan"), [1, 2]])
def test_what_is_no_number_is_named(value):
    assert checked_number(-1, "charge") == -1.0
    with pytest.raises(ValueError, match="charge must be a number, got "):
        checked_number(value, "charge")
