"""Sphinx configuration; `make docs` builds the pages into docs/_build/html."""

import re
import sys
from pathlib import Path

from torch_molfield import __version__

sys.path.insert(0, str(Path(__file__).parent / "_extensions"))

project = "torch_molfield"
author = "The torch_molfield authors"
copyright = "2026, the torch_molfield authors"
release = version = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode", "sphinx.ext.mathjax"]
extensions += ["result_pages.extension"]
myst_enable_extensions = ["dollarmath", "colon_fence", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
# Lightning's own docstrings speak another dialect.
autodoc_inherit_docstrings = False
# One line an argument, or signatures are unreadable.
maximum_signature_line_length = 90
napoleon_numpy_docstring = False
napoleon_use_ivar = True

html_theme = "furo"
html_title = f"torch_molfield {release}"


def read_as_written(app, what, name, obj, options, lines):
    """Let |x| be a norm and ``x``² a square, as docstrings mean them, not reStructuredText."""
    for number, line in enumerate(lines):
        parts = re.split(r"(``.+?``)", line)
        plain = [part if part.startswith("``") else part.replace("|", r"\|") for part in parts]
        lines[number] = re.sub(r"``([²³])", r"``\\ \1", "".join(plain))


def setup(app):
    """Called by Sphinx."""
    app.connect("autodoc-process-docstring", read_as_written)
