"""Ctrl-C and SIGTERM during a training: the step that is being done is finished and saved first."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

#: signals that ask a training to end
SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def interrupts_after_steps(task: Any) -> Iterator[None]:
    """Within, the first signal sets ``task.interrupted``, which ends the training after its step; a second one raises
    ``KeyboardInterrupt`` at once. Only the main thread can do this; in others signals do what they do."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ask(number: int, frame: FrameType | None) -> None:
        if task.interrupted:
            raise KeyboardInterrupt
        task.interrupted = True

    before = {number: signal.signal(number, ask) for number in SIGNALS}
    try:
        yield
    except RuntimeError as error:
        if not task.interrupted:
            raise
        raise KeyboardInterrupt from error  # the signal has ended a worker too
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def ignore_interrupts(worker: int) -> None:
    """For workers, which a terminal sends Ctrl-C too: the training needs their batches to finish its step."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
