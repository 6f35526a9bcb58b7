"""Numbers as programs write them into text files."""

from __future__ import annotations

import re

# with the letter D or Q; or without a letter, as Fortran writes exponents of three digits
_LETTER = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))[dDqQ]([+-]?\d+)")
_NO_LETTER = re.compile(r"([+-]?(?:\d+\.\d*|\.\d+))([+-]\d+)")


def parse_real(text: str) -> float:
    """A real number, also with Fortran's exponents: ``1.5D-3``, and ``1.5-103`` for 1.5e-103.

    Raises:
        ValueError: for what is not a number; the sentence shows it.
    """
    if match := _LETTER.fullmatch(text) or _NO_LETTER.fullmatch(text):
        return float("{}e{}".format(*match.groups()))
    try:
        if "_" not in text:  # Python takes 1_000
            return float(text)
    except ValueError:
        pass
    raise ValueError(f"{text!r} is not a number")


def is_real(text: str) -> bool:
    """Whether :func:`parse_real` takes it."""
    try:
        parse_real(text)
    except ValueError:
        return False
    return True


def parse_count(text: str) -> int | None:
    """A non-negative whole number in digits alone, or ``None``."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None
