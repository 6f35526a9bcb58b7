"""Fixtures that several packages share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Folder of the public data sets (``MOLFIELD_DATA``, else ``../shared/data`` beside the repository), or a skip."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("MOLFIELD_DATA", default))
    if not folder.is_dir():
        pytest.skip(f"the public data sets are not here ({folder.name}); set MOLFIELD_DATA to their folder")
    return folder
