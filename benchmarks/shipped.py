"""Which shipped weights the figures of a benchmark are of.

The documentation fails to build where a JSON file of ``docs/results`` names other weights than the shipped ones
(``docs/_extensions/result_pages/stale.py``).
"""

from __future__ import annotations

import hashlib

from torch_molfield.models.pretrained import WEIGHTS, find_pretrained, list_pretrained


def shipped_weights(*models: str | None) -> dict[str, dict[str, str]]:
    """``{"weights": {name: SHA-256 of its model.safetensors}}`` of the shipped ones among ``models``.

    Part of the content of a JSON file; empty where none is shipped (a folder of a training is no shipped model).
    """
    names = sorted({str(name) for name in models} & set(list_pretrained()))
    found = {n: hashlib.sha256((find_pretrained(n) / WEIGHTS).read_bytes()).hexdigest() for n in names}
    return {"weights": found} if found else {}
