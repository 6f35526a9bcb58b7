"""Which figures are of other weights than the shipped ones.

A benchmark of shipped models writes ``"weights": {NAME: SHA-256 of model.safetensors}`` into its JSON file
(`benchmarks/shipped.py`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path


def stale_files(folder: Path, weights: str | Path) -> Iterator[str]:
    """A sentence for each set of weights of each JSON file of ``folder`` that is not the one in ``weights``."""
    shipped: dict[str, str] = {}
    for path in sorted(folder.glob("*.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        for name, measured in content.get("weights", {}).items():
            file = Path(weights) / name / "model.safetensors"
            if name not in shipped:
                shipped[name] = hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else "missing"
            if shipped[name] != measured:
                yield (
                    f"{path} is stale: its figures are of weights {name} {measured[:12]}, the shipped ones are "
                    f"{shipped[name][:12]}. Run its benchmark again."
                )
