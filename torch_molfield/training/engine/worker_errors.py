"""Errors of the processes that prepare batches, as they were raised there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

#: what torch makes of the message of an error in a worker; its traceback follows
WRAPPED = re.compile(r"Caught \w+ in DataLoader worker process \d+\.\n")


@contextmanager
def plain_worker_errors() -> Iterator[None]:
    """Within, a ``ValueError`` of a worker has its own sentence, without the traceback that torch writes into it."""
    try:
        yield
    except ValueError as error:
        sentence = _sentence_in(error)
        if sentence is None:
            raise
        raise type(error)(sentence) from error


def _sentence_in(error: ValueError) -> str | None:
    """What the worker said; ``None`` for an error of this process."""
    text = str(error)
    if WRAPPED.match(text) is None:
        return None
    return re.split(rf"^(?:[\w.]+\.)?{type(error).__name__}: ", text, flags=re.MULTILINE)[-1].strip()
