"""Results that are computed once, and how they are kept."""

from __future__ import annotations

import argparse
import json
import os
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch


def once(out: Path, name: str, make: Callable[[], Any]) -> Any:
    """The JSON-like result of ``make``, from ``out/results/NAME.json`` where an earlier run has left it."""
    path = out / "results" / f"{name}.json"
    if not path.is_file():
        result = make()
        _write(path, result)
        print(name, json.dumps(result)[:300], flush=True)
    return json.loads(path.read_text(encoding="utf-8"))


def plain(*names: str) -> str:
    """Names, those that are not empty, as part of the name of a file."""
    return "-".join(filter(None, names)).replace(", ", "-").replace("+", "p").replace(" ", "-")


def write_result(path: Path, options: argparse.Namespace, result: Any) -> None:
    """``result`` as JSON, with the options it was made with, torch's version and the machine."""
    about = {"threads": options.threads, "torch": torch.__version__, "machine": platform.machine()}
    given = {name: str(value) if isinstance(value, Path) else value for name, value in vars(options).items()}
    _write(path, {**about, "options": given, "result": result})
    print(f"wrote {path}")


def _write(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".part")
    temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    os.replace(temporary, path)
