import base64

import pytest

from torch_molfield.viz.page import image, write_page


def test_pages_are_html_and_written_whole(tmp_path):
    path = write_page(tmp_path / "page.html", "<p>ρ</p>")
    assert path.read_text(encoding="utf-8") == "<p>ρ</p>"
    assert [entry.name for entry in tmp_path.iterdir()] == ["page.html"]
    with pytest.raises(ValueError, match=r"\.html"):
        write_page(tmp_path / "page.txt", "")


def test_a_picture_is_inside_the_page_and_its_text_cannot_leave_the_attribute():
    made = image(b"\x89PNG", "a 'quoted' <b>")
    assert base64.b64encode(b"\x89PNG").decode() in made
    assert "alt='a &#x27;quoted&#x27; &lt;b&gt;'" in made
