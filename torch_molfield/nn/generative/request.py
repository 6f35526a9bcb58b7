"""A request to a generator: conditions on new molecules."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from torch_geometric.data import Data

from torch_molfield.data.element_tables import SYMBOLS

#: what cannot be asked for together
APART = (
    ("formula", "num_atoms"),
    ("formula", "num_heavy"),
    ("formula", "variations_of"),
    ("num_heavy", "variations_of"),
    ("shape", "keep"),
    ("shape", "variations_of"),
    ("keep", "variations_of"),
)


@dataclass(frozen=True, kw_only=True)
class Request:
    """Conditions on new molecules.

    Attributes:
        num_atoms: atoms of each molecule, hydrogens included.
        num_heavy: heavy atoms of each molecule.
        formula: sum formula, such as ``"C6H10O2"``.
        properties: values by name, in the units of the model; one number for all molecules, or one for each.
        guidance: strength of the properties, see :class:`~torch_molfield.nn.generative.conditions.Conditions`.
        shape: a molecule with ``z [N]`` and ``pos [N, 3]`` Å whose shape the new ones are to have. They are superposed
            on it and have the same number of heavy atoms unless another number is given.
        keep: a part of a molecule with ``z [N]`` and ``pos [N, 3]`` Å, in one or several pieces, that every new
            molecule contains at the same place.
        replace: indices of the atoms of ``keep``, all hydrogens, that are replaced by new atoms.
        variations_of: a molecule to start from.
        strength: of the variations, 0 to 1: the probability that a site gets a new label, and how far positions are
            taken back to noise.

    Raises:
        ValueError: for values out of range, or conditions that exclude each other.
    """

    num_atoms: int | None = None
    num_heavy: int | None = None
    formula: str | None = None
    properties: Mapping[str, float | Sequence[float]] = field(default_factory=dict)
    guidance: float = 1.0
    shape: Data | None = None
    keep: Data | None = None
    replace: Sequence[int] = ()
    variations_of: Data | None = None
    strength: float = 0.4

    def __post_init__(self) -> None:
        for one, other in APART:
            if getattr(self, one) is not None and getattr(self, other) is not None:
                raise ValueError(f"{one} and {other} exclude each other; give one of them.")
        if not 0 < self.strength <= 1:
            raise ValueError(f"strength must be more than 0 and at most 1, got {self.strength}.")
        if not 0 <= self.guidance <= 20:
            raise ValueError(f"guidance must be from 0 to 20, got {self.guidance}.")
        if (self.keep is None) != (not self.replace):
            raise ValueError("keep and replace belong together: give a part, and which of its hydrogens are replaced.")

    @classmethod
    def of(cls, conditions: Mapping[str, Any]) -> Request:
        """Make a request from keyword arguments.

        Raises:
            ValueError: for an unknown condition, and as the class does.
        """
        known = [entry.name for entry in fields(cls)]
        unknown = sorted(set(conditions) - set(known))
        if unknown:
            raise ValueError(f"there is no condition {unknown[0]!r}; known are {', '.join(known)}.")
        return cls(**conditions)


def parse_formula(formula: str) -> Counter[int]:
    """Return how many atoms of each atomic number a formula such as ``"C6H10O2"`` has.

    Raises:
        ValueError: for a text that is not a formula, or a formula without heavy atoms or with an odd number of
            electrons.
    """
    parts = re.findall(r"([A-Z][a-z]?)(\d*)", formula)
    if not parts or "".join(symbol + count for symbol, count in parts) != formula:
        raise ValueError(f"{formula!r} is not a formula; write it as C6H10O2.")
    counts: Counter[int] = Counter()
    for symbol, count in parts:
        if symbol not in SYMBOLS:
            raise ValueError(f"{formula!r}: there is no element {symbol}.")
        counts[SYMBOLS.index(symbol) + 1] += int(count or 1)
    if not any(number > 1 and count for number, count in counts.items()):
        raise ValueError(f"{formula!r} has no heavy atom.")
    if sum(number * count for number, count in counts.items()) % 2:
        raise ValueError(f"{formula!r} has an odd number of electrons, and generated molecules are closed-shell.")
    return counts
