"""The numbers in the pages of results: taken from JSON files, and of the shipped weights."""

import hashlib
import json
import re
import sys
from pathlib import Path

import pytest

from torch_molfield.models.pretrained import SHIPPED

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs" / "results").glob("*.md"))
FORCES = {
    "MolField": {"a": {"0": {"mae": 0.010}, "1": {"mae": 0.012}}, "b": {"0": {"mae": 0.030}, "1": {"mae": 0.032}}}
}


@pytest.fixture(autouse=True)
def extensions(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "docs" / "_extensions"))
    yield
    for name in [name for name in sys.modules if name.startswith("result_pages")]:
        del sys.modules[name]


@pytest.fixture
def results(tmp_path):
    from result_pages.figures import Results

    content = {"accuracy": FORCES, "stable": True, "rows": [{"n": 4}, {"n": 6}], "run-1": 2.0, "run-2": 4.0, "run-x": 9}
    (tmp_path / "forces.json").write_text(json.dumps(content))
    return Results(tmp_path)


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("forces/accuracy/MolField/a/0/mae; ×1000 .1f", "10.0"),
        ("forces/accuracy/MolField/*/0/mae; ×1000 .0f", "20"),
        ("forces/accuracy/MolField/*/#/mae; ×1000 .1f", "21.0 ± 1.4"),
        ("forces/accuracy/MolField/*/*/mae; ×1000 max .1f", "32.0"),
        ("forces/rows/1/n; .0f", "6"),
        ("forces/rows/*/n; sum ×1000 ,.0f", "10\N{NARROW NO-BREAK SPACE}000"),
        ("forces/run-#; .0f", "3 ± 1"),
        ("forces/run-1; ×-1e3 ,.0f", "−2\N{NARROW NO-BREAK SPACE}000"),
        ("forces/accuracy/MolField/a/0/mae; ×1e-5 .0e", "1·10⁻⁷"),
        ("forces/stable", "yes"),
    ],
)
def test_numbers(results, expression, text):
    assert results.text(expression) == text


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        ("force/accuracy", "force.json.*there is no such file"),
        ("forces/accuracy/MolFild/a", "forces.json.*nothing matches 'MolFild'; there is MolField"),
        ("forces/accuracy/MolField", "forces.json.*a number is needed"),
        ("forces/stable/deeper", "forces.json.*nothing matches 'deeper'; there is a single value"),
        ("forces/rows/1/n; .1q", "forces.json.*format"),
    ],
)
def test_a_missing_number_names_the_file(results, expression, sentence):
    from result_pages.figures import MissingFigure

    with pytest.raises(MissingFigure, match=sentence):
        results.text(expression)


def test_stale_hash_is_reported(tmp_path):
    from result_pages.stale import stale_files

    weights = tmp_path / "weights" / "small" / "model.safetensors"
    weights.parent.mkdir(parents=True)
    weights.write_bytes(b"now")
    now, before = (hashlib.sha256(content).hexdigest() for content in (b"now", b"before"))
    (tmp_path / "fresh.json").write_text(json.dumps({"weights": {"small": now}}))
    assert list(stale_files(tmp_path, tmp_path / "weights")) == []
    (tmp_path / "old.json").write_text(json.dumps({"weights": {"small": before, "gone": now}}))
    first, second = stale_files(tmp_path, tmp_path / "weights")
    assert "old.json is stale" in first and before[:12] in first and now[:12] in first
    assert "gone" in second and "missing" in second


def test_figures_are_those_of_the_shipped_weights():
    from result_pages.stale import stale_files

    assert list(stale_files(ROOT / "docs" / "results", SHIPPED)) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_number_of_a_page_is_there(page):
    from result_pages.figures import Results

    results = Results(page.parent)
    for expression in re.findall(r"\{\{(.+?)\}\}", page.read_text(encoding="utf-8")):
        assert results.text(expression)


def test_panels_of_a_plot():
    from result_pages.plots import draw, read_panels

    body = [
        "Error, Å",
        "* MolField: 0.5 ± 0.1",
        "- DSR, long: 1·10⁻¹",
        "",
        "Steps",
        "* MolField: 1e3",
        "+ target: 2\N{NARROW NO-BREAK SPACE}000",
    ]
    first, second = read_panels(body)
    assert [(bar.kind, bar.label, bar.value, bar.spread) for bar in first.bars] == [
        ("*", "MolField", 0.5, 0.1),
        ("-", "DSR, long", 0.1, 0.0),
    ]
    assert [bar.value for bar in second.bars] == [1000, 2000]
    assert [axis.get_title(loc="left") for axis in draw([first, second], log=False).axes] == [
        "Error, Å",
        "Steps\ndashed: target 2\N{NARROW NO-BREAK SPACE}000",
    ]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [("* a: 1", "before the title"), ("Title\n- a: b", "no number"), ("Title\n+ target: 1", "'Title' has no bar")],
)
def test_bad_plots_are_refused(body, sentence):
    from result_pages.plots import read_panels

    with pytest.raises(ValueError, match=sentence):
        read_panels(body.splitlines())


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("number", "weights", "problem"),
    [("forces/error", b"weights", None), ("forces/eror", b"weights", "eror"), ("forces/error", b"others", "is stale")],
)
def test_a_build(tmp_path, number, weights, problem):
    """Missing numbers and stale files are warnings of the build, which ``make docs`` treats as errors."""
    pytest.importorskip("myst_parser")
    from io import StringIO

    from sphinx.application import Sphinx

    shipped = tmp_path / "weights" / "small" / "model.safetensors"
    (tmp_path / "results").mkdir()
    shipped.parent.mkdir(parents=True)
    shipped.write_bytes(b"weights")
    content = {"error": 0.25, "weights": {"small": hashlib.sha256(weights).hexdigest()}}
    (tmp_path / "results" / "forces.json").write_text(json.dumps(content))
    plot = "```{results-plot} Errors.\nError\n* ours: 0.25\n```\n"
    (tmp_path / "results" / "index.md").write_text(f"# Results\n\n{{{{{number}}}}} eV\n\n{plot}")
    settings = {
        "extensions": ["myst_parser", "result_pages.extension"],
        "root_doc": "results/index",
        "results_weights": str(tmp_path / "weights"),
    }
    warnings = StringIO()
    folders = (str(tmp_path), None, str(tmp_path / "out"), str(tmp_path / "tree"))
    Sphinx(*folders, "html", settings, status=None, warning=warnings).build()
    assert problem in warnings.getvalue() if problem else warnings.getvalue() == ""
    html = (tmp_path / "out" / "results" / "index.html").read_text()
    assert problem == "eror" or "0.25 eV" in html
    assert re.search(r'<img alt="Errors\." src="[^"]+\.svg"', html)
