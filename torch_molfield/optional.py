"""Packages that are installed with an extra only."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def import_extra(module: str, extra: str, need: str) -> Any:
    """Import ``module`` of a package that the extra ``torch_molfield[extra]`` installs.

    Args:
        module: its full name, such as ``"sklearn.decomposition"``.
        extra: name in the extras of ``setup.py``.
        need: begins the sentence where it is missing, such as ``"maps of vectors need scikit-learn"``.

    Raises:
        ImportError: where it is not installed, with the command that installs it.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise ImportError(f"{need}; pip install 'torch_molfield[{extra}]'.") from error
