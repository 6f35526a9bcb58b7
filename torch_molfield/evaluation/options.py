"""Options of an evaluation."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class EvaluationOptions:
    """How a model is compared with its references.

    Attributes:
        surface: kind of the exact surface, where the folder of a model does not state it.
        spacing: of the grid on which surfaces are meshed, Å.
        num_points: points on each surface.
        seed: of these points.
    """

    surface: str | None = None
    spacing: float = 0.2
    num_points: int = 4000
    seed: int = 0
