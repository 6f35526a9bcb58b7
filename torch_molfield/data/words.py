"""Words of messages: a noun with its number or its article."""

from __future__ import annotations


def counted(count: int, noun: str) -> str:
    """``"1 frame"``, ``"2 frames"``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def with_article(noun: str) -> str:
    """``"an EnergyMolField"``, ``"a MolField"``."""
    return f"{'an' if noun[:1].lower() in 'aeio' else 'a'} {noun}"
