import numpy as np
import pytest

from tests.evaluation.generation.hand_made import methane, water
from torch_molfield.evaluation.generation import evaluate_molecules, nearest
from torch_molfield.evaluation.generation.nearest import nearest_similarity


def test_similarities_in_chunks(monkeypatch):
    known = ["CCCC", "c1ccccc1", "CCO", "[H]OC([H])([H])C([H])([H])[H]", "O"]
    whole = nearest_similarity(["CCO", "CCN", "c1ccccc1O"], known)
    assert whole[0] == 1.0 and 0 < whole[1] < 1 and 0 < whole[2] < 1
    monkeypatch.setattr(nearest, "CHUNK", 2)
    np.testing.assert_array_equal(nearest_similarity(["CCO", "CCN", "c1ccccc1O"], known), whole)


def test_hydrogens_that_are_written_are_no_difference():
    assert nearest_similarity(["[H]OC([H])([H])C([H])([H])[H]"], ["CCO"]) == pytest.approx([1.0])


def test_each_smiles_once():
    row = evaluate_molecules([water(), water(), methane()], [water()], ["edm"], measures=["nearest"]).row("edm")
    assert row["nearest"] == {"molecules": 2, "tanimoto": {"mean": 0.5, "median": 0.5}}


def test_without_references():
    row = evaluate_molecules([water()], protocols=["edm"], measures=["nearest"]).row("edm")
    assert row["nearest"] == {"molecules": 0, "tanimoto": None}
