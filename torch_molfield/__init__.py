"""Molecules as continuous fields for PyTorch Geometric.

Subpackages are imported when they are first used: ``import torch_molfield as tm; tm.fields.GaussianField()``.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

__version__ = "0.1.0"

#: names of the subpackages
SUBPACKAGES = (
    "calculators",
    "data",
    "embedding",
    "encode",
    "evaluation",
    "fields",
    "functions",
    "geometry",
    "models",
    "nn",
    "surface",
    "testing",
    "training",
    "transforms",
    "viz",
)


def __getattr__(name: str) -> ModuleType:
    if name not in SUBPACKAGES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(SUBPACKAGES)}.")
    return import_module(f"{__name__}.{name}")


def __dir__() -> list[str]:
    return sorted({*globals(), *SUBPACKAGES})
