"""An interactive page with molecules, for a browser or a notebook."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from importlib.resources import files
from pathlib import Path

from torch_molfield.viz.page import fill_page, write_page
from torch_molfield.viz.viewer.encoding import encode_scene
from torch_molfield.viz.viewer.scene import Opened, ShownMolecule

#: the scripts of the viewer, in the order in which they build on each other
SCRIPTS = ("decode.js", "colors.js", "pane.js", "measure.js", "plots.js", "picture.js", "panel.js", "viewer.js")
#: a page of more bytes is refused; browsers grow slow long before
MOST_BYTES = 150_000_000
#: height of a notebook's cell in pixels, without and with plots over time
CELL_HEIGHT, TALL_CELL_HEIGHT = 640, 820
#: nothing may be fetched, whatever a script asks for
POLICY = (
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'unsafe-inline'; "
    "style-src 'unsafe-inline'; img-src data: blob:\">"
)


@dataclass(frozen=True)
class View:
    """An interactive page with molecules; a notebook shows it as the value of a cell, :meth:`save` writes it to a file.

    The page is one HTML document that contains everything it needs, drawn by 3Dmol.js.

    Attributes:
        title: of the page.
        molecules: at least one.
        opened: what is shown first, one picture or two side by side.
        summary: a line below the title.
        footer: how it was made.

    Raises:
        ValueError: without a molecule, or for another number of pictures.
    """

    title: str
    molecules: Sequence[ShownMolecule]
    opened: Sequence[Opened] = (Opened(),)
    summary: str = ""
    footer: str = ""

    def __post_init__(self) -> None:
        if not self.molecules or not 1 <= len(self.opened) <= 2:
            raise ValueError("a view needs at least one molecule, and shows one picture or two.")

    @cached_property
    def html(self) -> str:
        """Return the page as HTML.

        Raises:
            ValueError: if it is too large for browsers.
        """
        data = encode_scene(self.molecules, self.opened)
        if len(data) > MOST_BYTES:
            raise ValueError(
                f"the page would have {len(data) / 1e6:.0f} MB, and browsers bear {MOST_BYTES / 1e6:.0f} MB at most; "
                "show fewer frames or molecules (num_frames=…), or coarser surfaces (spacing=…)."
            )
        return fill_page(
            "viewer/view.html",
            policy=POLICY,
            title=escape(self.title),
            summary=escape(self.summary),
            footer=escape(self.footer),
            rest="400px" if self._moves else "215px",
            data=data,
            **viewer_parts(),
        )

    @property
    def _moves(self) -> bool:
        return any(len(molecule.frames) > 1 for molecule in self.molecules)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the page to ``path`` (.html) atomically; returns the path.

        Raises:
            ValueError: for another ending, or a page that is too large.
            OSError: if the file cannot be written there.
        """
        return write_page(path, self.html)

    def _repr_html_(self) -> str:
        height = TALL_CELL_HEIGHT if self._moves else CELL_HEIGHT
        return (
            f'<iframe srcdoc="{escape(self.html, quote=True)}" title="{escape(self.title, quote=True)}" '
            f'style="width: 100%; height: {height}px; border: 0" sandbox="allow-scripts allow-downloads"></iframe>'
        )


def viewer_parts() -> dict[str, str]:
    """Style, scripts and library of the viewer with its licence, by their names in a template."""
    here = files("torch_molfield.viz.viewer")
    licences = files("torch_molfield").joinpath("THIRD_PARTY_LICENSES.txt").read_text(encoding="utf-8")
    scripts = "\n".join((here / name).read_text(encoding="utf-8") for name in SCRIPTS)
    return {
        "style": (here / "viewer.css").read_text(encoding="utf-8"),
        "licences": f"<!--\n{licences.replace('--', '- -')}-->",
        "library": (here / "vendor" / "3Dmol-min.js").read_text(encoding="utf-8"),
        "viewer": f'(function () {{\n"use strict";\n{scripts}}})();',
    }
