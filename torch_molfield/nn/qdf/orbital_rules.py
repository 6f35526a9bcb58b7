"""Which atomic functions an element has: a rule in the manner of 6-31G."""

from __future__ import annotations

from collections.abc import Sequence

from torch_molfield.data.elements import SYMBOLS

#: functions of an inner and of an outer subshell: 6, and 3 + 1
INNER, OUTER = 6, 4
#: the heaviest element that the rule covers, Kr
HEAVIEST = 36
#: noble gases that close the periods up to Kr
_CLOSED = (2, 10, 18, 36)


def subshells(z: int) -> list[tuple[str, int]]:
    """``(name, number of functions)`` of the occupied subshells of an element, inner ones first.

    Inner subshells have six functions, those of the valence four: C is 6 × 1s, 4 × 2s, 4 × 2p; Si 6 × 1s, 6 × 2s,
    6 × 2p, 4 × 3s, 4 × 3p. The d shell of the fourth period is valence up to Zn and inner from Ga on.

    Raises:
        ValueError: beyond Kr.
    """
    if not 1 <= z <= HEAVIEST:
        raise ValueError(f"atomic functions are defined up to Kr; there are none for {SYMBOLS[z - 1]}.")
    period = next(n for n, last in enumerate(_CLOSED, start=1) if z <= last)
    names = [f"{n}{letter}" for n in range(1, period + 1) for letter in "sp"[:n]]
    counts = {name: OUTER if int(name[0]) == period else INNER for name in names}
    if z > 20:
        counts["3d"] = OUTER if z <= 30 else INNER
    return list(counts.items())


def orbital_labels(elements: Sequence[int]) -> tuple[str, ...]:
    """Labels such as ``"C2p3"`` of all functions of the elements, by element, subshell and number."""
    return tuple(f"{SYMBOLS[z - 1]}{name}{k}" for z in elements for name, count in subshells(z) for k in range(count))


def principal_number(label: str) -> int:
    """n of ``"C2p3"`` (2)."""
    return int(next(character for character in label if character.isdigit()))
