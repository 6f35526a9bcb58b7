"""HTML pages that fetch nothing from a network."""

from __future__ import annotations

import base64
import os
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template

from torch_molfield.data.io.atomic import write_atomically


def fill_page(template: str, **parts: str) -> str:
    """A page of this package with its parts in their places."""
    page = files("torch_molfield.viz").joinpath(template).read_text(encoding="utf-8")
    return Template(page).substitute(**parts)


def write_page(path: str | os.PathLike[str], content: str) -> Path:
    """Write a page to ``path`` (.html) atomically; returns the path.

    Raises:
        ValueError: for another ending.
        OSError: if the file cannot be written there.
    """
    path = Path(path)
    if path.suffix.lower() not in (".html", ".htm"):
        raise ValueError(f"{path.name}: a page is written as .html; change the ending.")
    write_atomically(path, content.encode("utf-8"))
    return path


def image(content: bytes, text: str, kind: str = "png") -> str:
    """A picture inside the page."""
    return f"<img alt='{escape(text, quote=True)}' src='data:image/{kind};base64,{base64.b64encode(content).decode()}'>"
