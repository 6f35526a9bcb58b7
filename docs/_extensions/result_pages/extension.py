"""The Sphinx extension: placeholders of numbers, the directive ``{results-plot}``, warnings of stale files."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import matplotlib
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from .figures import MissingFigure, Results
from .plots import draw, read_panels
from .stale import stale_files

PLACEHOLDER = re.compile(r"\{\{(.+?)\}\}")
WEIGHTS = Path(__file__).resolve().parents[3] / "torch_molfield" / "weights"
logger = logging.getLogger(__name__)


def fill_in(app: Sphinx, docname: str, source: list[str]) -> None:
    """Put the numbers into a page of results, before it is parsed."""
    if not docname.startswith("results/"):
        return
    results = Results(Path(app.srcdir) / "results")

    def number(found: re.Match[str]) -> str:
        try:
            return results.text(found[1])
        except MissingFigure as problem:
            line = source[0].count("\n", 0, found.start()) + 1
            logger.warning("%s", problem, location=(docname, line), type="results", subtype="missing")
            return "?"

    source[0] = PLACEHOLDER.sub(number, source[0])
    for path in results.read:
        app.env.note_dependency(str(path))


def warn_of_stale_files(app: Sphinx) -> None:
    """One warning per JSON file whose figures are of other weights than the shipped ones."""
    for problem in stale_files(Path(app.srcdir) / "results", app.config.results_weights):
        logger.warning("%s", problem, type="results", subtype="stale")


class ResultsPlot(SphinxDirective):
    """Draws its body into ``_plots`` of the output folder; the argument is the text for readers who cannot see it."""

    has_content = True
    required_arguments = 1
    final_argument_whitespace = True
    option_spec = {"log": directives.flag}

    def run(self) -> list[nodes.Node]:
        """The image."""
        try:
            panels = read_panels(list(self.content))
        except ValueError as problem:
            raise self.error(str(problem)) from None
        name = f"{self.env.docname.replace('/', '-')}-{self.env.new_serialno('results-plot')}.svg"
        path = Path(self.env.app.outdir) / "_plots" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with matplotlib.rc_context({"svg.hashsalt": name}):
            draw(panels, "log" in self.options).savefig(path, metadata={"Date": None})
        folder = Path(self.env.doc2path(self.env.docname)).parent
        return [nodes.image(uri=Path(os.path.relpath(path, folder)).as_posix(), alt=self.arguments[0])]


def setup(app: Sphinx) -> dict[str, Any]:
    """Called by Sphinx."""
    app.add_config_value("results_weights", str(WEIGHTS), "env")
    app.add_directive("results-plot", ResultsPlot)
    app.connect("builder-inited", warn_of_stale_files)
    app.connect("source-read", fill_in)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
