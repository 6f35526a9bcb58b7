import json

import pytest

from tests.evaluation.generation.hand_made import both, fluorine_between, methane, methyl, pair, water
from torch_molfield.evaluation.generation import evaluate_molecules

#: eight samples: two alike, one without a hydrogen, one in two parts, one not valid, two without bonds
GENERATED = [
    methane(),
    methane(3.0),
    water(),
    methyl(),
    both(water(), methane(5.0)),
    fluorine_between(),
    pair("S", "H", 1.3),
    pair("C", "O", float("nan")),
]


def counts(row):
    return {name: row[name]["count"] for name in NAMES}


NAMES = ("valid", "connected", "valid_unique", "valid_unique_novel", "stable_unique", "sun", "without_bonds")


def test_by_hand():
    row = evaluate_molecules(GENERATED, [water(7.0)], ["edm"]).row("edm")
    # methane, methane, water and methane beside water are stable; 3 of 4 atoms of methyl, 2 of 3 of F-F-F
    assert row["stability"]["edm"]["molecules"] == {"count": 4, "of": 8, "share": 0.5}
    assert row["stability"]["edm"]["atoms"]["count"] == 5 + 5 + 3 + 3 + 8 + 2
    assert row["stability"]["edm"]["atoms"]["of"] == 5 + 5 + 3 + 4 + 8 + 3 + 2 + 2
    assert counts(row) == {
        "valid": 5,
        "connected": 5,
        "valid_unique": 3,  # methane, water, methyl
        "valid_unique_novel": 2,  # not water
        "stable_unique": 2,
        "sun": 1,  # methane
        "without_bonds": 2,
    }
    assert row["unique"] == {"count": 3, "of": 5, "share": 0.6}
    assert set(row["problems"].values()) == {1}


def test_each_protocol_finds_its_own_bonds():
    scores = evaluate_molecules([pair("C", "O", 1.3)], protocols=["edm", "rdkit"])
    assert [row["protocol"] for row in scores.rows] == ["edm", "rdkit"]
    assert scores.row("edm")["valid"]["count"] == 1  # a single bond, which RDKit fills up in thought
    with pytest.raises(KeyError, match="no scores of raw molecules by 'openbabel'"):
        scores.row("openbabel")


def test_all_of_it_is_json():
    scores = evaluate_molecules(GENERATED, [water(), methane()])
    found = scores.as_dict()
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert (found["molecules"], found["references"]) == (8, 2)


def test_one_atom():
    row = evaluate_molecules([pair("H", "F", 5.0)], protocols=["edm"]).row("edm")
    assert (row["valid"]["count"], row["connected"]["count"]) == (1, 0)


def test_nothing_to_evaluate():
    with pytest.raises(ValueError, match="there are no molecules to evaluate; give at least one"):
        evaluate_molecules([])
    with pytest.raises(ValueError, match="reference is empty; omit it"):
        evaluate_molecules([water()], [])
