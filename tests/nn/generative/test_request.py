import pytest

from torch_molfield.data import MolFieldData
from torch_molfield.nn.generative.request import Request, parse_formula

MOLECULE = MolFieldData(z=[1])


def test_formulas():
    assert parse_formula("C6H10O2") == {6: 6, 1: 10, 8: 2}
    assert parse_formula("CHClBrF") == {6: 1, 1: 1, 17: 1, 35: 1, 9: 1}
    assert parse_formula("CH3CH3") == {6: 2, 1: 6}


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("", "'' is not a formula; write it as C6H10O2"),
        ("6C", "is not a formula"),
        ("C6H10+", "is not a formula"),
        ("c6h6", "is not a formula"),
        ("Xx2", "there is no element Xx"),
        ("H2", "has no heavy atom"),
        ("C0H2", "has no heavy atom"),
        ("CH3", "odd number of electrons"),
    ],
)
def test_what_is_no_formula(formula, words):
    with pytest.raises(ValueError, match=words):
        parse_formula(formula)


@pytest.mark.parametrize(
    ("conditions", "words"),
    [
        ({"colour": "red"}, "there is no condition 'colour'; known are num_atoms, num_heavy, formula"),
        ({"formula": "CO", "num_atoms": 2}, "formula and num_atoms exclude each other"),
        ({"shape": MOLECULE, "variations_of": MOLECULE}, "shape and variations_of exclude each other"),
        ({"keep": MOLECULE, "replace": [0], "shape": MOLECULE}, "shape and keep exclude each other"),
        ({"keep": MOLECULE}, "keep and replace belong together"),
        ({"replace": [1]}, "keep and replace belong together"),
        ({"strength": 0.0}, "strength must be more than 0 and at most 1, got 0.0"),
        ({"strength": 1.1}, "strength must be more than 0"),
        ({"guidance": -1}, "guidance must be from 0 to 20, got -1"),
        ({"guidance": float("nan")}, "guidance must be from 0 to 20"),
    ],
)
def test_bad_requests(conditions, words):
    with pytest.raises(ValueError, match=words):
        Request.of(conditions)
