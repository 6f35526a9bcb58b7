import ast
from pathlib import Path

import torch_molfield.training as training


def test_the_names_for_type_checkers_are_those_at_run_time():
    tree = ast.parse(Path(training.__file__).read_text(encoding="utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    found = {
        alias.name: node.module.removeprefix("torch_molfield.")
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert found == training._HOMES
    assert set(found) == set(training.__all__)
    assert all(getattr(training, name) is not None for name in found)
