"""What the settings of all trainings share."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

Self = TypeVar("Self", bound="TrainingSettings")


@dataclass(frozen=True, kw_only=True)
class TrainingSettings:
    """Base of dataclasses of JSON-like settings that refuse unknown keys.

    ``max_minutes`` is wall-clock time of training, validations included, over all resumes. With ``max_steps`` alone
    the result does not depend on the speed of the machine. ``batch_size`` counts molecules per step and process.
    ``workers`` processes prepare batches in the background. ``validate_every_steps`` counts from one validation to the
    next, where there are validation molecules. ``average_weights`` keeps a moving average of the weights over some
    thousand steps, which is then the model that is validated and written.
    """

    max_steps: int | None = None
    max_minutes: float | None = None
    learning_rate: float = 1e-3
    batch_size: int = 32
    seed: int = 0
    workers: int = 1
    checkpoint_every_seconds: float = 60.0
    validate_every_steps: int = 500
    average_weights: bool = False

    #: settings that ``molfield train`` has options for, besides those that all trainings share: their help
    helps: ClassVar[Mapping[str, str]] = {}

    def __post_init__(self) -> None:
        optional = ("max_steps", "max_minutes", "learning_rate", "batch_size")
        self.require_positive("validate_every_steps", *(name for name in optional if getattr(self, name) is not None))
        self.require_not_negative("workers", "seed", "checkpoint_every_seconds")

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
        """``ValueError`` where one of these is not a positive finite number, whole where the setting is an ``int``."""
        for name in names:
            value, whole = getattr(self, name), self._is_whole(name)
            if not (_is_number(value, whole) and 0 < value < math.inf):
                raise ValueError(f"{name} must be a positive {'whole ' * whole}number, got {value!r}.")

    def require_not_negative(self, *names: str) -> None:
        """``ValueError`` where one of these is not a finite number of at least 0, whole where the setting is an
        ``int``."""
        for name in names:
            value, whole = getattr(self, name), self._is_whole(name)
            if not (_is_number(value, whole) and 0 <= value < math.inf):
                raise ValueError(
                    f"{name} must be a {'whole' if whole else 'finite'} number of at least 0, got {value!r}."
                )

    def _is_whole(self, name: str) -> bool:
        return str(self.__dataclass_fields__[name].type).removesuffix(" | None") == "int"


def _is_number(value: object, whole: bool) -> bool:
    return isinstance(value, int if whole else int | float) and not isinstance(value, bool)
