"""What the settings of all fits share: the end, the seed and the learning rate."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from torch_molfield.training.engine.schedule import learning_rate_factor

ENDS = ("max_steps", "max_minutes", "max_seconds")


@dataclass(frozen=True, kw_only=True)
class FitSettings:
    """Base of the settings of fits of one network per object.

    The schedule ends at ``max_steps``, ``max_minutes`` or ``max_seconds``, whichever comes first; at least one is
    needed. Time counts over all resumes, without the writing of checkpoints. With ``max_steps`` alone the result does
    not depend on the speed of the machine.
    """

    max_steps: int | None = None
    max_minutes: float | None = None
    max_seconds: float | None = None
    learning_rate: float = 1e-3
    seed: int = 0

    def __post_init__(self) -> None:
        given = {name: getattr(self, name) for name in ENDS if getattr(self, name) is not None}
        if not given:
            raise ValueError("give max_steps, max_minutes or max_seconds; the learning-rate schedule needs an end.")
        for name, value in given.items():
            if not 0 < value < math.inf:
                raise ValueError(f"{name} must be a positive number, got {value!r}.")

    @property
    def end_seconds(self) -> float:
        """Where the fit ends by time, infinite if it ends by steps alone."""
        return min(60 * (self.max_minutes or math.inf), self.max_seconds or math.inf)

    def learning_rate_at(self, step: int, progress: float) -> float:
        """Linear warm-up, then a half cosine; ``progress`` is the share of the fit that is done."""
        return self.learning_rate * learning_rate_factor(step, progress)

    def share(self, name: str) -> float:
        """The learning rate of the parameter ``name`` over that of the network."""
        return 1.0

    def without_end(self) -> dict[str, Any]:
        """What must be the same for a fit to be resumed; the end may differ."""
        return {name: value for name, value in asdict(self).items() if name not in ENDS}
