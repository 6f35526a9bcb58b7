"""Results that are computed once, and how they are kept."""

from __future__ import annotations

import argparse
import json
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from torch_molfield.data.io.atomic import atomic_file


def once(out: Path, name: str, make: Callable[[], Any]) -> Any:
    """The JSON-like result of ``make``, from ``out/results/NAME.json`` where an earlier run has left it."""
    path = out / "results" / f"{name}.json"
    if not path.is_file():
        result = make()
        _write(path, result)
        print(name, json.dumps(result)[:300], flush=True)
    return json.loads(path.read_text(encoding="utf-8"))


def require_same(out: Path, part: str, options: argparse.Namespace, *names: str) -> None:
    """End with a sentence where ``part`` of OUT was computed with other values of these options, which the names of
    results do not tell; they are kept in ``out/options.json``. A folder of before that file existed gets one now."""
    path = out / "options.json"
    kept = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    now = {name: getattr(options, name) for name in names}
    before = {**now, **kept.get(part, {})}
    for name in names:
        if before[name] != now[name]:
            raise SystemExit(
                f"{out} holds results of {part} with {name} {before[name]}, not {now[name]}; use another OUT."
            )
    _write(path, {**kept, part: before})


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
    with atomic_file(path) as partial:
        partial.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
