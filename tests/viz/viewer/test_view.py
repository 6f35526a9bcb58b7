import re
from html.parser import HTMLParser

import pytest

from torch_molfield.viz import View
from torch_molfield.viz.viewer import view as module
from torch_molfield.viz.viewer.scene import Opened


class Checker(HTMLParser):
    """Collects what a browser would fetch, and the tags left open."""

    VOID = {"meta", "img", "input", "br"}

    def __init__(self):
        super().__init__()
        self.open, self.links = [], []

    def handle_starttag(self, tag, attrs):
        self.links += [value for key, value in attrs if key in ("src", "href")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def page(shown):
    return View("Water <1>", [shown], summary="one & all", footer="molfield view water.xyz")


def test_the_page_is_whole_and_fetches_nothing(page):
    checker = Checker()
    checker.feed(page.html)
    assert checker.open == []
    assert checker.links == []
    assert "default-src 'none'" in page.html
    assert "<title>Water &lt;1&gt;</title>" in page.html
    assert "one &amp; all" in page.html


def test_the_page_holds_the_licence_of_its_library(page):
    assert "University of Pittsburgh" in page.html
    assert page.html.index("University of Pittsburgh") < page.html.index("3Dmol-min.js.LICENSE")


def test_every_script_is_in_the_page(page):
    scripts = {path.name for path in module.files("torch_molfield.viz.viewer").iterdir() if path.name.endswith(".js")}
    assert scripts == set(module.SCRIPTS)
    assert "class Viewer" in page.html


def test_a_notebook_gets_the_page_in_a_frame(page):
    cell = page._repr_html_()
    assert cell.startswith("<iframe srcdoc=")
    assert re.search(r'sandbox="allow-scripts[^"]*"', cell)
    assert "<title>" not in cell


def test_a_page_is_saved(page, tmp_path):
    path = page.save(tmp_path / "water.html")
    assert path.read_text(encoding="utf-8") == page.html


def test_a_page_that_browsers_cannot_bear_is_refused(shown, monkeypatch):
    monkeypatch.setattr(module, "MOST_BYTES", 1000)
    with pytest.raises(ValueError, match=r"show fewer frames or molecules \(num_frames=…\), or coarser"):
        View("Water", [shown]).html  # noqa: B018


def test_at_least_one_molecule_in_one_or_two_pictures(shown):
    with pytest.raises(ValueError, match="at least one molecule"):
        View("Nothing", [])
    with pytest.raises(ValueError, match="one picture or two"):
        View("Three", [shown], [Opened()] * 3)
