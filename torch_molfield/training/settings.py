"""Settings of trainings: dataclasses of JSON-like values that refuse what they do not know."""

from __future__ import annotations

import dataclasses
import math
from typing import Any, TypeVar

Self = TypeVar("Self", bound="JsonSettings")


class JsonSettings:
    """Base of dataclasses of settings."""

    @classmethod
    def from_dict(cls: type[Self], values: dict[str, Any]) -> Self:
        """Settings from JSON-like values; ``ValueError`` names an unknown key."""
        known = {entry.name for entry in dataclasses.fields(cls)}  # type: ignore[arg-type]
        unknown = sorted(set(values) - known)
        if unknown:
            raise ValueError(f"unknown configuration key {unknown[0]!r}; known are {', '.join(sorted(known))}.")
        return cls(**values)

    def require_positive(self, *names: str) -> None:
        """``ValueError`` where one of these is not a positive finite number."""
        for name in names:
            value = getattr(self, name)
            if not (_is_number(value) and 0 < value < math.inf):
                raise ValueError(f"{name} must be a positive number, got {value!r}.")

    def require_not_negative(self, *names: str) -> None:
        """``ValueError`` where one of these is not a finite number of at least 0."""
        for name in names:
            value = getattr(self, name)
            if not (_is_number(value) and 0 <= value < math.inf):
                raise ValueError(f"{name} must be a finite number of at least 0, got {value!r}.")

    def require_end(self) -> None:
        """``ValueError`` where ``max_steps`` or ``max_minutes`` is given and not positive."""
        self.require_positive(*(name for name in ("max_steps", "max_minutes") if getattr(self, name) is not None))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
