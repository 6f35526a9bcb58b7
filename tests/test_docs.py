"""The examples of README.md and docs/ run as they are written.

The blocks of a page run in their order in one folder: ``python`` blocks share their names, ``bash`` blocks call
``molfield``, one command a line.
A block fenced as ``bash no-test`` installs something, trains for minutes or names a file of the reader's; one fenced as
``python needs NAME`` is left out where that module is not installed. Notebooks (blocks fenced as ``{code-cell}``) are
executed by ``make docs``.
"""

from __future__ import annotations

import ast
import re
import shlex
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pytest

import torch_molfield
from torch_molfield.cli.main import main

ROOT = Path(__file__).resolve().parents[1]
FENCE = re.compile(r"^```(python|bash)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(?:---\n.*?^---\n)?(.*?)^```$", re.MULTILINE | re.DOTALL)
ALT = re.compile(r"alt: \S.{20,}")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
#: names of a subpackage that the page of another one documents
ELSEWHERE = {"fields": {"functions"}, "training": {"evaluation"}}


class Block(NamedTuple):
    """A fenced example: its language, what follows the language, its text and its first line in the page."""

    language: str
    marks: str
    text: str
    line: int


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    found = FENCE.finditer(text)
    return [Block(m[1], m[2].strip(), m[3], text.count("\n", 0, m.start()) + 2) for m in found]


TESTED = {page: [b for b in blocks(page) if b.marks != "no-test"] for page in PAGES if "_build" not in page.parts}


@pytest.mark.parametrize("page", [page for page in TESTED if TESTED[page]], ids=lambda page: page.stem)
def test_examples_run(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "__main__"}
    for block in TESTED[page]:
        if block.marks.startswith("needs ") and find_spec(block.marks.split()[1]) is None:
            continue
        if block.language == "bash":
            _run_shell(page, block)
        else:
            # blank lines in front make a traceback show the line of the page
            exec(compile("\n" * (block.line - 1) + block.text, page, "exec"), names)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_marks_are_known(page):
    assert {b.marks for b in blocks(page)} <= {
        "",
        "no-test",
        "needs torchmdnet",
        "needs torch_sim",
        "needs datamol",
        "needs e3nn",
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_local_links_lead_somewhere(page):
    prose = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", prose)
    missing = [t for t in targets if "://" not in t and not (page.parent / t).exists()]
    assert not missing


@pytest.mark.parametrize("name", sorted({*torch_molfield.SUBPACKAGES} - {"embedding"}))
def test_public_names_are_in_the_reference(name):
    pages = [ROOT / "docs" / "api" / f"{each}.md" for each in (name, *ELSEWHERE.get(name, ()))]
    listed = {line.strip() for page in pages for line in page.read_text(encoding="utf-8").splitlines()}
    assert not set(import_module(f"torch_molfield.{name}").__all__) - listed


def test_notebooks_parse_and_their_pictures_have_a_text():
    notebooks = [page for page in TESTED if CELL.search(page.read_text(encoding="utf-8"))]
    assert len(notebooks) == 8
    for page in notebooks:
        text = page.read_text(encoding="utf-8")
        for cell in CELL.findall(text):
            ast.parse(cell)
            drawn = re.search(r"^(Image\.fromarray|surfaces_figure|figure, )", cell, re.MULTILINE)
            before = text[: text.index(cell)].rsplit("```{code-cell}", 1)[1]
            assert not drawn or ALT.search(before), f"{page.name}: a picture without alt text: {cell}"


def test_data_and_weights_have_a_licence():
    licences = (ROOT / "DATA_LICENSES.md").read_text(encoding="utf-8")
    package = ROOT / "torch_molfield"
    folders = [*sorted((package / "weights").iterdir()), *package.rglob("tables"), package / "data" / "bundled"]
    folders += [path for path in (ROOT / "datasets").iterdir() if path.is_dir()]
    assert not [str(path) for path in folders if f"| `{path.relative_to(ROOT).as_posix()}` |" not in licences]


def _run_shell(page: Path, block: Block) -> None:
    for line in block.text.splitlines():
        program, *arguments = shlex.split(line, comments=True) or ["#"]
        if program != "#":
            assert program == "molfield", f"{page.name}, line {block.line}: only molfield is run here; use 'no-test'"
            with pytest.raises(SystemExit) as ended:
                main(arguments)
            assert ended.value.code == 0, f"{page.name}, line {block.line}: {line}"
