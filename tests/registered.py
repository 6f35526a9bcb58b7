"""The entries of registries that this package brings; tests register some of their own."""

from __future__ import annotations

from torch_molfield.data.registry import Registry


def own_names(registry: Registry) -> list[str]:
    """Names of the classes that are defined in ``torch_molfield``."""
    return [name for name in registry if registry.get(name).__module__.startswith("torch_molfield.")]
