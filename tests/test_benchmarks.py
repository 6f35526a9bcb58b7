"""Benchmarks use names that the package has, with arguments that fit, and each script's ``--help`` runs.

A script is left out where a peer that it compares with is not installed.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
FILES = sorted(BENCHMARKS.rglob("*.py"))
SCRIPTS = [path for path in sorted(BENCHMARKS.glob("*.py")) if '"__main__"' in path.read_text(encoding="utf-8")]


def imported(tree: ast.AST) -> Iterator[tuple[str, str, str]]:
    """Module, name there and name here of everything that is imported from the package."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "torch_molfield":
            yield from ((node.module, alias.name, alias.asname or alias.name) for alias in node.names)


def value_of(module: str, name: str) -> Any:
    """A name of a module, or its submodule; ``None`` where there is neither."""
    found = importlib.import_module(module)
    if not hasattr(found, name):
        try:
            return importlib.import_module(f"{module}.{name}")
        except ModuleNotFoundError:
            return None
    return getattr(found, name)


def misfit(call: ast.Call, function: Any) -> str:
    """What is wrong with the arguments of a call; nothing where some are unpacked."""
    if any(isinstance(each, ast.Starred) for each in call.args) or any(each.arg is None for each in call.keywords):
        return ""
    try:
        inspect.signature(function).bind(*call.args, **{str(each.arg): None for each in call.keywords})
    except TypeError as problem:
        return str(problem)
    return ""


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(BENCHMARKS)))
def test_names_and_arguments_are_those_of_the_package(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {here: (f"{module}.{name}", value_of(module, name)) for module, name, here in imported(tree)}
    assert [name for name, value in names.values() if value is None] == []
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)]
    for call in calls:
        name, function = names.get(call.func.id, ("", None))
        if callable(function):
            assert misfit(call, function) == "", f"{name}, line {call.lineno}"


@pytest.fixture
def own_modules(monkeypatch):
    """The folder of the benchmarks on the path; what is imported from it is forgotten afterwards."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    yield
    for name, module in list(sys.modules.items()):
        if (getattr(module, "__file__", None) or "").startswith(str(BENCHMARKS)):
            del sys.modules[name]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_help_is_shown(script, own_modules, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", [script.name, "--help"])
    try:
        with pytest.raises(SystemExit) as ended:
            runpy.run_path(str(script), run_name="__main__")
    except ModuleNotFoundError as missing:
        if not missing.name or missing.name.split(".")[0] == "torch_molfield" or (BENCHMARKS / missing.name).exists():
            raise
        pytest.skip(f"needs {missing.name}")
    assert ended.value.code == 0
    assert "usage:" in capsys.readouterr().out
