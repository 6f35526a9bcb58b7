import json

from tests.evaluation.generation.hand_made import methane, water
from torch_molfield.evaluation.generation import evaluate_molecules
from torch_molfield.evaluation.generation.scores import GenerationScores
from torch_molfield.evaluation.generation.shares import Sample, shares


def test_tables():
    scores = evaluate_molecules([methane(), water()], [water()], ["edm"])
    heading, row, blank, distances, *_ = scores.table().splitlines()
    assert heading.split("  ")[0] == "geometry"
    assert row.split() == ["raw", "edm", "100.0", "100.0", "100.0", "100.0", "100.0", "50.0", "50.0"]
    assert blank == "" and "torsions °" in distances


def test_without_references_there_is_one_table_without_novelty():
    table = evaluate_molecules([water()], protocols=["edm"]).table()
    assert "V·U %" in table and "V·U·N" not in table and "SUN" not in table and "torsions" not in table


def test_the_published_rule_has_its_own_column():
    rules = ("midi_corrected", "midi")
    sample = Sample(4, {"midi_corrected": 3, "midi": 4}, True, True, "C")
    row = {"geometry": "raw", "protocol": "openbabel", **shares([sample], rules, None)}
    heading, line = GenerationScores([row]).table().splitlines()
    assert "as MiDi published %" in heading
    assert line.split()[2:5] == ["75.0", "0.0", "100.0"]


def test_the_file(tmp_path):
    scores = evaluate_molecules([water()], protocols=["edm"])
    scores.write(tmp_path)
    content = json.loads((tmp_path / "metrics.json").read_text())
    assert content["scores"] == scores.rows and content["molecules"] == 1 and content["torch"]
