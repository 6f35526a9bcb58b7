"""Words of messages: a noun with its number or its article, and the name that was perhaps meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def counted(count: int, noun: str) -> str:
    """``"1 frame"``, ``"2 frames"``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def with_article(noun: str) -> str:
    """``"an EnergyMolField"``, ``"a MolField"``."""
    return f"{'an' if noun[:1].lower() in 'aeio' else 'a'} {noun}"


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """``"; did you mean organic-density?"``, or a full stop where no known name is similar."""
    similar = difflib.get_close_matches(str(name), list(known), 1)
    return f"; did you mean {similar[0]}?" if similar else "."
