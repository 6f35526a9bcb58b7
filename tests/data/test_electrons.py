import pytest
import torch

from torch_molfield.data import MolFieldData
from torch_molfield.data.electrons import charge_or_zero, electrons_of, stored_charge


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
