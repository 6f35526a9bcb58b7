"""Which shipped weights the figures of a benchmark are of.

The documentation fails to build where a JSON file of ``docs/results`` names other weights than the shipped ones
(``docs/_extensions/result_pages/stale.py``).
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from torch_molfield.models.pretrained import SHIPPED, WEIGHTS


def shipped_weights(*models: str | None) -> dict[str, dict[str, str]]:
    """``{"weights": {name: SHA-256 of its model.safetensors}}`` of the shipped ones among ``models``.

    Part of the content of a JSON file; empty where none is shipped (a folder of a training is no shipped model).
    """
    names = sorted({name for name in models if name and Path(name).name == name})
    files = {name: SHIPPED / name / WEIGHTS for name in names}
    found = {name: _sha256(path) for name, path in files.items() if path.is_file()}
    return {"weights": found} if found else {}


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
