"""Sphinx configuration; `make docs` builds the pages into docs/_build/html and executes the notebooks."""

import sys
from pathlib import Path

from torch_molfield import __version__

sys.path.insert(0, str(Path(__file__).parent / "_extensions"))

project = "torch_molfield"
author = "The torch_molfield authors"
copyright = "2026, the torch_molfield authors"
release = version = __version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.napoleon", "sphinx.ext.mathjax"]
extensions += ["api_section", "result_pages.extension"]
exclude_patterns = ["_build"]

myst_enable_extensions = ["dollarmath", "colon_fence", "deflist"]
myst_heading_anchors = 3
# Always executed, so that a page shows what this version prints; no outputs are committed.
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_in_temp = True
nb_execution_timeout = 300
nb_merge_streams = True
# Progress bars and warnings of other packages, with paths of the machine.
nb_output_stderr = "remove"

autosummary_generate = False
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
# Docstrings of Lightning are not written for this parser.
autodoc_inherit_docstrings = False
# One argument per line, or signatures are unreadable.
maximum_signature_line_length = 90
napoleon_numpy_docstring = False
napoleon_use_ivar = True

html_theme = "furo"
html_title = f"torch_molfield {release}"
