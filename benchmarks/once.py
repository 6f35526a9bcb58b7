"""Results that are computed once, and how they are kept."""

from __future__ import annotations

import argparse
import json
import platform
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from shipped import shipped_weights

from torch_molfield.data.io.atomic import atomic_file


def once(out: Path, name: str, make: Callable[[], Any]) -> Any:
    """The JSON-like result of ``make``, from ``out/results/NAME.json`` where an earlier run has left it."""
    path = out / "results" / f"{name}.json"
    if not path.is_file():
        result = make()
        write_json(path, result)
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
    write_json(path, {**kept, part: before})


def plain(*names: str) -> str:
    """Names, those that are not empty, as part of the name of a file."""
    return "-".join(filter(None, names)).replace(", ", "-").replace("+", "p").replace(" ", "-")


def write_result(path: Path, options: argparse.Namespace, result: Any, models: Sequence[str | None] = ()) -> None:
    """``result`` as JSON, with the options it was made with, torch's version, the machine, and the hashes of those of
    ``models`` that are shipped."""
    about = {"threads": options.threads, "torch": torch.__version__, "machine": platform.machine()}
    given = {name: str(value) if isinstance(value, Path) else value for name, value in vars(options).items()}
    write_json(path, {**about, **shipped_weights(*models), "options": given, "result": result})
    print(f"wrote {path}")


def write_json(path: Path, content: Any) -> None:
    """Written atomically; the folder is made where it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(path) as partial:
        partial.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def continued(path: Path, about: dict[str, Any]) -> dict[str, Any]:
    """The results that an earlier run left in ``path``, else ``about``, which is what :func:`shipped_weights` gives.

    Ends with a sentence where those results are of other weights.
    """
    if not path.is_file():
        return dict(about)
    content = json.loads(path.read_text(encoding="utf-8"))
    if content.get("weights") != about.get("weights"):
        raise SystemExit(f"{path} holds results of other weights; remove it or use another OUT.")
    return content
