import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from torch_molfield.viz.report import render_report, write_report
from torch_molfield.viz.report_data import Curve


@pytest.fixture(scope="module")
def bare(water_report):
    """The report without its movie and slice, which is drawn sooner."""
    return replace(water_report, molecules=(replace(water_report.molecules[0], movie=(), slice=None),))


class Checker(HTMLParser):
    """Collects what a browser would fetch, and the tags left open."""

    VOID = {"meta", "img", "input", "br"}

    def __init__(self):
        super().__init__()
        self.open, self.links, self.ids = [], [], set()

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.links += [attributes[key] for key in ("src", "href") if key in attributes]
        self.ids.add(attributes.get("id"))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def document(water_report):
    return render_report(replace(water_report, curves=(Curve("loss", [0, 1], [1.0, 0.1]),)))


def test_the_document_is_well_formed_and_fetches_nothing(document):
    checker = Checker()
    checker.feed(document)
    assert checker.open == []
    assert checker.links
    assert all(link.startswith("data:image/") for link in checker.links)
    assert "default-src 'none'" in document


def test_the_viewer_has_its_place_and_the_licence_of_its_library(document):
    checker = Checker()
    checker.feed(document)
    assert {"molfield-viewer", "molfield-data"} <= checker.ids
    assert "University of Pittsburgh" in document


def test_figures_names_and_provenance_are_there(document, water_report):
    assert "water &lt;dimer &amp; co&gt;" in document
    assert f"{water_report.mean('mean_distance'):.4f}" in document
    for text in ("molfield demo --seed 5", "two cores", "2.13", "A note.", "A summary."):
        assert text in document
    assert document.count("data:image/png") == 4
    assert "area, volume and error of water" in document
    assert document.count("data:image/gif") == 1


def test_a_molecule_of_two_kinds_counts_once(water_report):
    (row, *_) = water_report.molecules
    both = render_report(replace(water_report, molecules=[row, replace(row, kind="conformers")]))
    assert re.search(r"held-out \w+ and conformers of 1 molecule<", both)


def test_a_missed_target_is_marked_and_a_met_one_is_not(document, water_report):
    # the mean distance of 0.03 Å misses 0.02, in the molecule's row and in the mean's; the overlap meets 0.5
    assert document.count("class=miss") == 2


def test_without_targets_nothing_is_marked(bare):
    assert "class=miss" not in render_report(replace(bare, targets={}))


def test_the_embedded_data_is_json_that_cannot_end_its_element(document):
    text = document.split('id="molfield-data">')[1].split("</script>")[0]
    data = json.loads(text)
    assert data["panes"] == [{"molecule": 0, "surface": 0}, {"molecule": 0, "surface": 1}]
    (molecule,) = data["molecules"]
    assert molecule["name"] == "water <dimer & co>"
    assert [surface["paint"] for surface in molecule["surfaces"]] == ["atom", "error"]
    assert [len(surface["steps"]) for surface in molecule["surfaces"]] == [2, 2]
    assert molecule["times"] == [0, 8]


def test_parts_without_data_are_left_out(bare):
    document = render_report(bare)
    assert "along the trajectory" not in document
    assert "<h2>Training</h2>" not in document
    assert document.count("data:image/png") == 1


def test_a_report_is_written_as_html_only(tmp_path, bare):
    path = write_report(tmp_path / "out" / "report.html", bare)
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert [file.name for file in path.parent.iterdir()] == ["report.html"]
    with pytest.raises(ValueError, match=r"\.html"):
        write_report(tmp_path / "report.pdf", bare)
