"""What the settings of fits share: one network to one surface or to one trajectory, without a Lightning module."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class FitSettings:
    """Base of the settings; the schedule ends at ``max_steps`` or ``max_seconds``, whichever comes first."""

    max_steps: int | None = None
    max_seconds: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if self.max_steps is None and self.max_seconds is None:
            raise ValueError("give max_steps or max_seconds; the schedule needs an end.")
