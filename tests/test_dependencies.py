"""setup.py declares what the package imports, and nothing else."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

from torch_molfield.optional import import_extra

ROOT = Path(__file__).resolve().parents[1]
#: modules whose names differ from those of their distributions by more than hyphens
MODULES = {
    "openbabel-wheel": "openbabel",
    "pillow": "PIL",
    "scikit-image": "skimage",
    "scikit-learn": "sklearn",
    "torch-sim-atomistic": "torch_sim",
    "torchmd-net": "torchmdnet",
}
#: extras of tools; what else they hold is for tests
TOOLS = {"dev", "docs"}
#: torch_geometric imports torch-scatter where it is installed
NOT_IMPORTED = {"torch_scatter"}


def declared():
    """``REQUIRES`` and ``EXTRAS`` of setup.py, as modules."""
    tree = ast.parse((ROOT / "setup.py").read_text(encoding="utf-8"))
    found = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and node.targets[0].id in ("REQUIRES", "EXTRAS")
    }
    return {module(text) for text in found["REQUIRES"]}, {
        extra: {module(text) for text in texts} for extra, texts in found["EXTRAS"].items()
    }


def module(requirement):
    name = re.match(r"[\w.-]+", requirement)[0].lower()
    return MODULES.get(name, name.replace("-", "_"))


def trees(*folders):
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT), ast.parse(path.read_text(encoding="utf-8"))


def is_for_types(node):
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def nodes(tree):
    """All nodes but those that only type checkers see."""
    for child in ast.iter_child_nodes(tree):
        if not is_for_types(child):
            yield child
            yield from nodes(child)


def imported(tree):
    """Top-level modules of other packages that ``import`` statements name."""
    for node in nodes(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module]
        else:
            continue
        yield from {name.split(".")[0] for name in names} - sys.stdlib_module_names - {"torch_molfield"}


def imported_extras(tree):
    """``(module, extra)`` of each call of ``import_extra``."""
    for node in nodes(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "import_extra":
            name, extra = (argument.value for argument in node.args[:2])
            yield name.split(".")[0], extra


def test_imports_are_the_requirements():
    requires, _ = declared()
    places: dict[str, list[str]] = {}
    for path, tree in trees("torch_molfield"):
        for name in imported(tree):
            places.setdefault(name, []).append(str(path))
    undeclared = {name: files for name, files in places.items() if name not in requires}
    assert not undeclared, f"declare in REQUIRES, or import by import_extra: {undeclared}"
    assert not requires - set(places), f"declared in REQUIRES and imported nowhere: {requires - set(places)}"


def test_extras_are_imported_with_their_names():
    _, extras = declared()
    calls = {(path, *call) for path, tree in trees("torch_molfield") for call in imported_extras(tree)}
    assert len(calls) >= 6
    assert not [call for call in calls if call[1] not in extras.get(call[2], ())]


def test_no_extra_is_declared_in_vain():
    _, extras = declared()
    used = {call[0] for _, tree in trees("torch_molfield") for call in imported_extras(tree)}
    used |= {name for _, tree in trees("tests", "benchmarks") for name in imported(tree)} | NOT_IMPORTED
    in_vain = {extra: names - used for extra, names in extras.items() if extra not in TOOLS and names - used}
    assert not in_vain


def test_a_missing_extra_is_a_sentence_with_the_command(monkeypatch):
    monkeypatch.setitem(sys.modules, "e3nn", None)
    monkeypatch.delitem(sys.modules, "e3nn.o3", raising=False)
    with pytest.raises(ImportError) as raised:
        import_extra("e3nn.o3", "e3nn", "learned frames need e3nn")
    assert str(raised.value) == "learned frames need e3nn; pip install 'torch_molfield[e3nn]'."
    assert type(raised.value) is ImportError  # the command line prints its sentence; others are defects
