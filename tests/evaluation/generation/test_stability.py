import pytest

from tests.evaluation.generation.hand_made import graph, methane, methyl
from torch_molfield.evaluation.generation.graph import Graph
from torch_molfield.evaluation.generation.protocols import find_protocols
from torch_molfield.evaluation.generation.stability import RULES


def by_edm(molecule):
    return Graph(find_protocols(["edm"])["edm"].assign(molecule).mol)


def test_methane_and_what_is_left_without_a_hydrogen():
    assert RULES["edm"](by_edm(methane())).tolist() == [True] * 5
    assert RULES["edm"](by_edm(methyl())).tolist() == [False, True, True, True]
    assert RULES["midi"](by_edm(methyl())).tolist() == [True] * 4  # the table has C 3
    assert RULES["midi_corrected"](by_edm(methyl())).tolist() == [False, True, True, True]


@pytest.mark.parametrize(
    ("smiles", "unstable"),
    [
        ("c1ccccc1", {"edm": 0, "midi": 0, "midi_corrected": 0}),
        ("c1cc[nH]c1", {"edm": 0, "midi": 0, "midi_corrected": 0}),
        ("C[NH3+]", {"edm": 1, "midi": 0, "midi_corrected": 0}),  # N with 4
        ("C[N+](=O)[O-]", {"edm": 2, "midi": 0, "midi_corrected": 0}),  # N with 4, O with 1
        ("C[NH-]", {"edm": 1, "midi": 0, "midi_corrected": 0}),
        ("[CH3]", {"edm": 1, "midi": 0, "midi_corrected": 1}),
        ("[NH2]", {"edm": 1, "midi": 0, "midi_corrected": 1}),
        ("OS(=O)(=O)O", {"edm": 1, "midi": 0, "midi_corrected": 0}),  # EDM has no S
        ("CP", {"edm": 1, "midi": 0, "midi_corrected": 0}),
        ("[CH3][Zn][CH3]", {"edm": 1, "midi": 1, "midi_corrected": 1}),  # no table has Zn
    ],
)
def test_unstable_atoms(smiles, unstable):
    of = graph(smiles)
    assert {rule: int((~RULES[rule](of)).sum()) for rule in RULES} == unstable


def test_an_aromatic_bond_counts_one_as_published():
    """Naphthalene's inner carbons have three aromatic bonds: 3 as published, 4.5 by the bonds' orders."""
    assert RULES["midi"](graph("c1ccc2ccccc2c1")).all()


def test_a_charge_that_the_table_lacks_counts_as_none():
    assert RULES["midi_corrected"](graph("[O+2]=C"))[0]
