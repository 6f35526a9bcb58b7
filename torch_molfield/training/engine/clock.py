"""Training time that is the same on all processes."""

from __future__ import annotations

import time

import torch
import torch.distributed


def now() -> float:
    """Seconds of a clock that never goes back."""
    return time.monotonic()


class Clock:
    """Seconds of training, those of earlier runs included.

    Schedule, end and checkpoints follow from these seconds, so all processes must read the same: :meth:`tick` takes
    those of rank 0, and between two ticks :attr:`seconds` does not change.

    Attributes:
        seconds: as of the last tick.
    """

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self._started: float | None = None

    def start(self) -> None:
        """Begin to count from :attr:`seconds`."""
        self._started = now() - self.seconds

    def tick(self, device: torch.device | str = "cpu", interrupted: bool = False) -> bool:
        """Read the clock of rank 0, and whether it was interrupted; a collective call where there are several
        processes."""
        if self._started is None:
            raise RuntimeError("the clock has not been started.")
        self.seconds = now() - self._started
        if torch.distributed.is_available() and torch.distributed.is_initialized():
            shared = torch.tensor([self.seconds, float(interrupted)], dtype=torch.float64, device=device)
            torch.distributed.broadcast(shared, src=0)
            self.seconds, interrupted = float(shared[0]), bool(shared[1])
        return interrupted
