"""Which model is in a folder, by what is in its files."""

from __future__ import annotations

import hashlib
from pathlib import Path

from torch_molfield.models.pretrained import CONFIG, WEIGHTS, find_pretrained

#: files that say what a model gives; the last is only beside models of fields
_FILES = (CONFIG, WEIGHTS, "field.json")


def model_identity(name_or_directory: str | Path) -> str:
    """SHA-256 of settings and weights of a model given by path or shipped name; another training has another.

    Raises:
        FileNotFoundError: if there is no such model.
    """
    directory = find_pretrained(name_or_directory)
    digest = hashlib.sha256()
    for path in (directory / name for name in _FILES):
        if path.is_file():
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()
