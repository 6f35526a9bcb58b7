"""Sphinx extension: a section of the API reference, and docstrings as they are meant.

``.. api-section:: MODULE`` with one name per line becomes a table of these names and the documentation of each.
"""

from __future__ import annotations

import inspect
import re
import sys

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.ext.autosummary import import_by_name
from sphinx.pycode import ModuleAnalyzer
from sphinx.util.docutils import SphinxDirective


class ApiSection(SphinxDirective):
    """Names of one module: a summary, then one entry each."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        names = [f"{self.arguments[0]}.{name.strip()}" for name in self.content if name.strip()]
        found = {name: import_by_name(name)[1] for name in names}
        documented = [name for name in names if inspect.isclass(found[name]) or inspect.isroutine(found[name])]
        lines = [".. autosummary::", "   :nosignatures:", "", *(f"   ~{name}" for name in documented), ""]
        for name in names:
            lines += [*_entry(name, found[name]), ""]
        section = nodes.Element()
        self.state.nested_parse(StringList(lines, self.get_source_info()[0]), 0, section)
        return section.children


def _entry(name: str, found: object) -> list[str]:
    if inspect.isclass(found):
        options = ("   :members:", "   :special-members: __call__", "   :exclude-members: forward")
        return [f".. autoclass:: {name}", *options]
    if inspect.isroutine(found):
        return [f".. autofunction:: {name}"]
    return [f".. py:data:: {name}", "", *(f"   {line}" for line in _comment(name.rpartition(".")[2], found))]


def _comment(name: str, found: object) -> list[str]:
    """The ``#:`` comment above a constant, in whichever module of the package defines it."""
    for module in [module for module in list(sys.modules) if module.startswith("torch_molfield.")]:
        if vars(sys.modules[module]).get(name) is found:
            comments = ModuleAnalyzer.for_module(module).find_attr_docs()
            if ("", name) in comments:
                return comments["", name]
    return []


def read_as_written(app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    """Let |x| be a norm and ``x``² a square, as docstrings mean them, not reStructuredText."""
    for number, line in enumerate(lines):
        parts = re.split(r"(``.+?``)", line)
        plain = [part if part.startswith("``") else part.replace("|", r"\|") for part in parts]
        lines[number] = re.sub(r"``([²³])", r"``\\ \1", "".join(plain))


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.add_directive("api-section", ApiSection)
    app.connect("autodoc-process-docstring", read_as_written)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
