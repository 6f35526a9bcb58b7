"""Pages in a real browser, where there is one: no errors, and pictures that follow what is chosen."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from tests.browser import Browser, find_chromium
from torch_molfield.viz import View
from torch_molfield.viz.viewer.scene import Opened

pytestmark = pytest.mark.skipif(find_chromium() is None, reason="needs Chromium (apt install chromium)")
#: share of the pixels by which pictures of other things differ
OTHER = 0.01


@pytest.fixture(scope="module")
def browser():
    made = Browser()
    made.emulate(400, 320)
    yield made
    made.close()


@pytest.fixture(scope="module")
def pages(shown, moving, formaldehyde, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    two = View("Two molecules", [shown, formaldehyde]).save(folder / "two.html")
    moves = View("Motion", [moving]).save(folder / "motion.html")
    beside = View("Beside each other", [shown], [Opened(0, 0), Opened(0, 1)]).save(folder / "beside.html")
    return {"two": two, "motion": moves, "beside": beside}


def picture(browser, number=0):
    """Pixels of the drawing itself, ``[H, W, 3]``, without controls and captions."""
    script = (
        f"(() => {{ const p = molfield.panels[{number}]; p.pane.viewer.render(); return p.pane.viewer.pngURI(); }})()"
    )
    content = base64.b64decode(browser.run(script).split(",")[1])
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB")).astype(int)


def difference(one, other):
    """Share of the pixels that are not the same."""
    return float((np.abs(one - other).max(axis=2) > 24).mean())


def filled(pixels):
    """Share of the pixels that are not background."""
    return float((np.abs(pixels - pixels[0, 0]).max(axis=2) > 12).mean())


def clean(browser, page):
    """Nothing went wrong, and nothing but the page itself was asked for."""
    assert browser.problems == []
    assert [address for address in browser.fetched if not address.startswith("data:")] == [page.resolve().as_uri()]


def test_molecules_surfaces_colours_and_levels(browser, pages):
    browser.open(pages["two"])
    water = picture(browser)
    assert 0.1 < filled(water) < 0.95
    assert browser.run("molfield.panels[0].title.textContent").startswith("water <1> · van der Waals · ")
    browser.press("s")
    error = picture(browser)
    assert difference(water, error) > OTHER
    assert "learned − exact, Å" in browser.run("molfield.panels[0].legend.textContent")
    browser.press("s")
    level = picture(browser)
    browser.press("]")
    higher = picture(browser)
    assert filled(higher) < filled(level)
    assert "e/Å^3" in browser.run("molfield.panels[0].levelText.textContent")
    browser.press("n")
    assert difference(higher, picture(browser)) > OTHER
    assert browser.run("molfield.panels[0].title.textContent").startswith("formaldehyde")
    clean(browser, pages["two"])


def test_frames_and_plots(browser, pages):
    browser.open(pages["motion"])
    first = picture(browser)
    browser.press("ArrowRight")
    assert difference(first, picture(browser)) > OTHER
    assert browser.run("molfield.time.textContent") == "frame 1, 5 fs"
    assert browser.run("document.querySelectorAll('.mf-plots svg').length") == 3
    assert browser.run("document.querySelector('.mf-plots svg:last-child text:nth-of-type(2)').textContent") == "0.50"
    browser.act("molfield.goTo(0)")
    assert difference(first, picture(browser)) == 0
    clean(browser, pages["motion"])


def test_two_pictures_turn_together_and_are_saved_as_one(browser, pages):
    browser.open(pages["beside"])
    exact, painted = picture(browser, 0), picture(browser, 1)
    assert exact.shape == painted.shape
    assert difference(exact, painted) > OTHER
    browser.run("void molfield.panels[0].pane.viewer.rotate(90, 'y')")
    views = browser.run("molfield.panels.map((panel) => panel.pane.viewer.getView().slice(4, 8))")
    assert views[0] == pytest.approx(views[1])
    script = "const image = new Image(); image.src = molfield.save(); await image.decode(); return image.width;"
    width = browser.run(f"(async () => {{ {script} }})()")
    assert width == exact.shape[1] + painted.shape[1]
    browser.press("b")
    assert browser.run("molfield.panels.length") == 1
    clean(browser, pages["beside"])


def test_distances_by_clicking_and_themes(browser, pages, shown):
    browser.open(pages["two"])
    browser.act("molfield.panels[0].setSurface(-1)")
    places = browser.run(
        "molfield.panels[0].pane.model.selectedAtoms({}).map((a) => molfield.panels[0].pane.viewer.modelToScreen(a))"
    )
    for place in places[:2]:
        browser.click(place["x"], place["y"])
        browser.wait(f"molfield.panels[0].measure.picked.length == {places.index(place) + 1}")
    distance = np.linalg.norm(shown.frames[0][0] - shown.frames[0][1])
    assert browser.run("molfield.panels[0].measure.text()") == f"{distance:.3f} Å"
    browser.press("Escape")
    assert browser.run("molfield.panels[0].measure.picked.length") == 0
    assert picture(browser)[0, 0].min() == 255
    browser.run("void molfield.turnTheme()")
    assert picture(browser)[0, 0].max() < 60
    clean(browser, pages["two"])
