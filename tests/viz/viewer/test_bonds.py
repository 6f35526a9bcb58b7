import pytest
import torch

from torch_molfield.data import from_smiles
from torch_molfield.viz.viewer.bonds import shown_bonds


@pytest.mark.parametrize(
    ("smiles", "orders"),
    [
        ("C=O", [1, 1, 2]),
        ("C#N", [1, 3]),
        ("OC=O", [1, 1, 1, 2]),
        ("c1ccccc1", [1] * 9 + [2] * 3),
        ("C[N+](=O)[O-]", [1] * 5 + [2]),
    ],
)
def test_orders_of_a_smiles(smiles, orders):
    data = from_smiles(smiles)
    bonds = shown_bonds(data)
    assert sorted(order for *_, order in bonds) == orders


def test_the_double_bond_of_an_acid_is_that_to_the_oxygen_without_hydrogen():
    data = from_smiles("OC=O")
    order = torch.randperm(len(data.z), generator=torch.Generator().manual_seed(0))
    back = torch.argsort(order)
    moved = data.clone()
    moved.z, moved.pos, moved.edge_index = data.z[order], data.pos[order], back[data.edge_index]
    ((a, b),) = [(a, b) for a, b, kind in shown_bonds(moved) if kind == 2]
    oxygen = a if moved.z[a] == 8 else b
    neighbours = moved.edge_index[1][moved.edge_index[0] == oxygen]
    assert moved.z[neighbours].tolist() == [6]


def test_without_bonds_they_are_found_and_a_smiles_that_does_not_fit_gives_no_orders(water):
    assert shown_bonds(water) == [(0, 1, 1), (0, 2, 1)]
    wrong = water.clone()
    wrong.smiles = "C=O"
    assert shown_bonds(wrong) == [(0, 1, 1), (0, 2, 1)]
