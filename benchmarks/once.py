"""Results that are computed once."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any


def once(out: Path, name: str, make: Callable[[], Any]) -> Any:
    """The JSON-like result of ``make``, from ``out/results/NAME.json`` where an earlier run has left it."""
    path = out / "results" / f"{name}.json"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        result = make()
        temporary = path.with_suffix(".part")
        temporary.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        os.replace(temporary, path)
        print(name, json.dumps(result)[:300], flush=True)
    return json.loads(path.read_text(encoding="utf-8"))
