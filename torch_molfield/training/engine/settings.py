"""What the settings of all trainings share."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any, TypeVar

Self = TypeVar("Self", bound="TrainingSettings")


@dataclass(frozen=True, kw_only=True)
class TrainingSettings:
    """Base of dataclasses of JSON-like settings that refuse what they do not know.

    ``max_minutes`` counts training time over all resumes. With ``max_steps`` alone the result does not depend on the
    speed of the machine. ``workers`` processes prepare batches beside the training.
    """

    max_steps: int | None = None
    max_minutes: float | None = None
    seed: int = 0
    workers: int = 1
    checkpoint_every_seconds: float = 60.0

    def __post_init__(self) -> None:
        self.require_positive(*(name for name in ("max_steps", "max_minutes") if getattr(self, name) is not None))

    @property
    def max_seconds(self) -> float | None:
        """Where the training ends by time."""
        return None if self.max_minutes is None else 60 * self.max_minutes

    @classmethod
    def from_dict(cls: type[Self], values: dict[str, Any]) -> Self:
        """Settings from JSON-like values; ``ValueError`` names an unknown key."""
        known = {entry.name for entry in dataclasses.fields(cls)}
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


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
