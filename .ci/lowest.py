"""Prints constraints for pip: of each dependency in setup.py the lowest version that it allows.

torch and what has no lower bound have the versions of constraints.txt.
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
#: the only build without CUDA that can be installed everywhere
KEPT = ("torch",)


def requirements() -> list[str]:
    """Those of the package and of its extra ``dev``."""
    assigned = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in ast.parse((ROOT / "setup.py").read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id != "HERE"
    }
    return [*assigned["REQUIRES"], *assigned["EXTRAS"]["dev"]]


def constraints() -> list[str]:
    """One line for each dependency."""
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    lines = []
    for requirement in requirements():
        name, bound = re.fullmatch(r"([\w.-]+)(?:>=([\d.]+))?(?:;.*)?", requirement).groups()
        lowest = [f"{name}=={bound}"] if bound and name not in KEPT else []
        lines += lowest or [pin for pin in pins if pin.startswith(f"{name}==")]
    return lines


if __name__ == "__main__":
    sys.stdout.write("\n".join(constraints()) + "\n")
