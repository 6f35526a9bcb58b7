import pytest

from tests.evaluation.generation.hand_made import methane, methyl, pair
from torch_molfield.evaluation.generation import MEASURES, Measure, evaluate_molecules


def test_a_measure_of_ones_own(monkeypatch):
    monkeypatch.setattr(MEASURES, "_classes", {})

    @MEASURES.register("counts")
    class Counts(Measure):
        def __init__(self):
            self.seen = []

        def add(self, sample, graph, sound):
            self.seen.append((sample.atoms, graph is not None, sound))

        def result(self, known):
            return {"seen": self.seen, "known": known}

    molecules = [methane(), methyl(), pair("S", "H", 1.3)]
    row = evaluate_molecules(molecules, protocols=["edm"], measures=["counts"]).row("edm")
    assert row["counts"] == {"seen": [(5, True, True), (4, True, False), (2, False, False)], "known": None}


def test_an_unknown_one():
    with pytest.raises(ValueError, match="measure 'qed' is unknown; choose one of strain, posebusters, nearest"):
        evaluate_molecules([methane()], measures=["qed"])
