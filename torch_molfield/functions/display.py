"""How functions of space are shown: the package of pictures, which stands above this one, registers itself here."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

#: the module that registers the package's own way
PICTURES = "torch_molfield.viz.viewer.functions"
_ways: list[Callable[..., Any]] = []


def register_display(way: Callable[..., Any]) -> Callable[..., Any]:
    """Let ``way(function, **options)`` make what ``FieldFunction.show`` returns; returns it."""
    _ways.append(way)
    return way


def display(function: object, **options: Any) -> Any:
    """What the way that was registered last makes of a function of space."""
    if not _ways:
        import_module(PICTURES)
    return _ways[-1](function, **options)
