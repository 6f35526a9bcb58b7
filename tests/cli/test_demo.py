import json

from torch_molfield.cli import demo, demo_page
from torch_molfield.models import MolField
from torch_molfield.training.tasks import surface as surface_task

TINY = {"hidden": 16, "depth": 2, "width": 16, "num_frequencies": 32, "vectors": 4, "heads": 2, "groups": 2}


def test_a_demo_of_sixty_steps(molfield, tmp_path, monkeypatch, ticks):
    ticks(0.05)
    monkeypatch.setattr(surface_task, "SURFACE_MODEL", TINY)
    monkeypatch.setattr(demo, "MOVIE_OF", ("water_dimer",))
    monkeypatch.setattr(demo, "MOVIE_FRAMES", 2)
    monkeypatch.setattr(demo_page, "MOLECULES", {"water": "O"})
    monkeypatch.setattr(demo_page, "GENERATED", 1)
    monkeypatch.setattr(demo_page, "SPACING", 0.5)
    out = tmp_path / "demo"
    options = ("--minutes", 0.05, "--count", 1, "--molecule", "water_dimer", "--seed", 3)
    outcome = molfield("demo", "--out", out, *options)
    assert outcome.code == 0, outcome.err
    metrics = json.loads((out / "metrics.json").read_text())
    assert [(row["name"], row["unseen"]) for row in metrics["molecules"]] == [
        ("water_dimer", "frames"),
        ("water_dimer", "conformers"),
    ]
    assert metrics["seed"] == 3
    assert metrics["targets"] == demo.TARGETS
    assert metrics["curve"][-1]["error"] < metrics["curve"][0]["error"]
    assert len(list((out / "meshes").glob("*.ply"))) == 4
    assert "data:image/gif" in (out / "report.html").read_text(encoding="utf-8")
    assert MolField.from_pretrained(out / "model").config["hidden"] == 16
    assert "report.html" in outcome.out
    first = (out / "first.html").read_text(encoding="utf-8")
    assert "electron density" in first and "generated 1" in first
    assert outcome.out.index("first.html") < outcome.out.index("report.html")


def test_unknown_molecule(refused, tmp_path):
    assert "unobtainium.xyz" in refused("demo", "--out", tmp_path / "d", "--molecule", "unobtainium.xyz")


def test_unwritable_folder(refused, tmp_path):
    (tmp_path / "taken").write_text("")
    assert "taken" in refused("demo", "--out", tmp_path / "taken" / "demo")
