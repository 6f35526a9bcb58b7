import dataclasses
import json

import pytest

from torch_molfield.data import from_smiles
from torch_molfield.data.datasets.source import TestPart
from torch_molfield.evaluation.surfaces import CurvePoint
from torch_molfield.fields import SignedDistanceField
from torch_molfield.viz.surface_results import Accuracy, evaluate_parts, surface_evaluation


def exact_model(z, pos, batch=None):
    field = SignedDistanceField("vdw")
    return lambda points, points_batch=None: field(points, z, pos, points_batch, batch)


@pytest.fixture(scope="module")
def reports():
    water, methane = from_smiles("O"), from_smiles("C")
    parts = [
        TestPart("water", "frames", [water], movie=[water, water], interval=4.0),
        TestPart("methane", "x", [methane]),
    ]
    return evaluate_parts(exact_model, SignedDistanceField("vdw"), parts, Accuracy(0.3, 300, 1))


def test_every_part_is_evaluated(reports):
    assert [(report.name, report.count) for report in reports] == [("water", 1), ("methane", 1)]
    assert reports[0].metrics["mean_distance"] < 0.01
    assert len(reports[0].movie) == 2
    assert reports[0].frame_interval == 4.0
    assert abs(reports[0].slice.true - reports[0].slice.learned).mean() < 0.2


def test_files(reports, tmp_path):
    curve = [CurvePoint(0.0, 1.0, 0.5), CurvePoint(1.0, 0.1, 0.05)]
    results = surface_evaluation(reports, "A title", 1, {"fact": 42}, {"iou": 0.9}, curve)
    results.write(tmp_path)
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert metrics["fact"] == 42
    assert metrics["curve"][1] == {"minutes": 1.0, "loss": 0.1, "error": 0.05}
    assert metrics["mean"]["iou"] == pytest.approx(sum(report.metrics["iou"] for report in reports) / 2)
    assert "A title" in (tmp_path / "report.html").read_text(encoding="utf-8")
    table = results.table().splitlines()
    assert [line.split()[0] for line in table] == ["molecule", "water", "methane", "mean"]


def test_meshes_of_long_smiles_and_of_smiles_like_paths(reports, tmp_path):
    names = ["C" * 300, "C" * 299 + "O", "F/C=C/F", r"F/C=C\F"]
    several = [dataclasses.replace(reports[1], name=name) for name in names]
    surface_evaluation(several, "A title", 1, {}, {}).write(tmp_path)
    assert len(list((tmp_path / "meshes").glob("*_true.ply"))) == 4
