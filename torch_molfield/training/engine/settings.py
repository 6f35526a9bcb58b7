"""What the settings of all trainings share."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from torch_molfield.data.setting_types import Count, Natural, NotNegative, Positive, Seed, check_types

Self = TypeVar("Self", bound="TrainingSettings")


@dataclass(frozen=True, kw_only=True)
class TrainingSettings:
    """Base class of the settings of trainings: a dataclass of JSON-like values with checked types and ranges.

    Annotations state the type and, by :mod:`torch_molfield.data.setting_types`, the range: ``num_points: Count = 256``
    must be a whole number of at least 1.

    Attributes:
        max_steps, max_minutes: the training ends at whichever comes first; a task requires one of them.
            ``max_minutes`` is wall-clock time, validations included, over all resumes. With ``max_steps`` alone the
            result does not depend on the speed of the machine.
        learning_rate: peak of the schedule.
        batch_size: molecules per step and process.
        seed: of everything random.
        workers: background processes that prepare batches.
        checkpoint_every_seconds: time between checkpoints.
        validate_every_steps: steps between validations, where there are validation molecules.
        average_weights: whether to keep a moving average of the weights over some thousand steps, which is then the
            model that is validated and written.

    Raises:
        ValueError: for a value of another type or out of range; the message names the setting.
    """

    max_steps: Count | None = None
    max_minutes: Positive | None = None
    learning_rate: Positive = 1e-3
    batch_size: Count = 32
    seed: Seed = 0
    workers: Natural = 1
    checkpoint_every_seconds: NotNegative = 60.0
    validate_every_steps: Count = 500
    average_weights: bool = False

    #: settings that ``molfield train`` has options for, besides those that all trainings share: their help
    helps: ClassVar[Mapping[str, str]] = {}

    def __post_init__(self) -> None:
        values = {entry.name: getattr(self, entry.name) for entry in dataclasses.fields(self)}
        check_types(values, typing.get_type_hints(type(self), include_extras=True))

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
