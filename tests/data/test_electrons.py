import pytest

from torch_molfield.data.electrons import electrons_of


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
