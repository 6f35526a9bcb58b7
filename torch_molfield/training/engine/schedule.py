"""Learning rate over a training whose end is a number of steps or of minutes."""

from __future__ import annotations

import math

WARM_UP_STEPS = 100
FINAL_SHARE = 0.01


def learning_rate_factor(step: int, progress: float) -> float:
    """Linear warm-up over the first steps times a half cosine from 1 to ``FINAL_SHARE`` as ``progress`` goes 0 → 1."""
    warm = min(1.0, (step + 1) / WARM_UP_STEPS)
    cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, max(0.0, progress))))
    return warm * (FINAL_SHARE + (1 - FINAL_SHARE) * cosine)
