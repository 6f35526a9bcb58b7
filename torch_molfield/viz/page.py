"""HTML pages that fetch nothing from a network."""

from __future__ import annotations

import base64
import json
import os
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

import numpy as np

from torch_molfield.data.io.atomic import write_atomically
from torch_molfield.surface.mesh import Floats
from torch_molfield.viz.camera import Camera


def fill_page(template: str, **parts: str) -> str:
    """A page of this package with its parts, the style and the viewer in their places."""
    here = files("torch_molfield.viz")
    shared = {
        "style": (here / "report.css").read_text(encoding="utf-8"),
        "viewer": (here / "viewer.js").read_text(encoding="utf-8"),
    }
    return Template((here / template).read_text(encoding="utf-8")).substitute(**shared, **parts)


def write_page(path: str | os.PathLike[str], content: str) -> Path:
    """Write a page to ``path`` (.html) atomically; returns the path.

    Raises:
        ValueError: for another ending.
        OSError: if the file cannot be written there.
    """
    path = Path(path)
    if path.suffix.lower() not in (".html", ".htm"):
        raise ValueError(f"{path.name}: a report is written as .html; change the ending.")
    write_atomically(path, content.encode("utf-8"))
    return path


def image(content: bytes, text: str, kind: str = "png") -> str:
    """A picture inside the page."""
    return f"<img alt='{escape(text, quote=True)}' src='data:image/{kind};base64,{base64.b64encode(content).decode()}'>"


def viewer_data(molecules: list[dict[str, Any]], facing: Floats) -> str:
    """What ``viewer.js`` draws, as JSON; at first the broad side of the points ``facing [Q, 3]`` is turned to the
    viewer."""
    camera = Camera.facing(facing, 100, 100)
    # the viewer wants the rotation column by column
    turn = np.round(camera.rotation.T, 6).ravel().tolist()
    # a closing tag inside the text would end the script element
    return json.dumps({"turn": turn, "molecules": molecules}, separators=(",", ":")).replace("</", "<\\/")
