"""Types and ranges of settings: annotations state them, :func:`check_types` compares values with them.

Settings come from JSON files and from Python, so that nothing else has looked at them before.
"""

from __future__ import annotations

import inspect
import math
import sys
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from torch_molfield.data.validation import MAX_ATOMIC_NUMBER

NoneType = type(None)
#: what a JSON file can hold; any other value is left to the code that it is given to
_JSON = (str, int, float, list, tuple, dict, NoneType)
#: whole numbers beyond it overflow in torch
_LARGEST = 2**63 - 1
#: characters of a value in a message
_LONGEST = 60


@dataclass(frozen=True)
class Range:
    """Of a number: from ``low``, which is left out where it is ``above``, to ``high``."""

    low: float
    high: float = math.inf
    above: bool = False

    def __contains__(self, value: float) -> bool:
        return (self.low < value if self.above else self.low <= value) and value <= self.high

    def __str__(self) -> str:
        low = f"above {self.low:g}" if self.above else f"of at least {self.low:g}"
        return low if self.high == math.inf else f"{low} and at most {self.high}"


Count = Annotated[int, Range(1)]
Natural = Annotated[int, Range(0)]
#: of a network: a layer of twice the largest takes gigabytes
Size = Annotated[int, Range(1, 16384)]
SizeOrNone = Annotated[int, Range(0, 16384)]
Positive = Annotated[float, Range(0, above=True)]
NotNegative = Annotated[float, Range(0)]
Share = Annotated[float, Range(0, 1, above=True)]
Seed = Annotated[int, Range(0, 2**32 - 1)]
Element = Annotated[int, Range(1, MAX_ATOMIC_NUMBER)]


def check_types(values: Mapping[str, object], hints: Mapping[str, Any], where: str = "") -> None:
    """Compare values with annotations; names without an annotation are not looked at.

    Args:
        values: settings by name.
        hints: their annotations, evaluated, with the ranges of ``Annotated``.
        where: begins the sentence.

    Raises:
        ValueError: names the first setting that is of another type or out of its range.
    """
    for name, value in values.items():
        if name in hints and not _fits(value, hints[name]):
            shown = repr(value)
            shown = shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "…"
            raise ValueError(f"{where}{name} must be {_describe(hints[name])}, got {shown}.")


def argument_types(made_by: Callable[..., Any]) -> dict[str, Any]:
    """The annotations of the arguments of a class or function; none where they cannot be evaluated, as with names that
    are imported for type checkers alone."""
    try:
        return typing.get_type_hints(
            made_by.__init__ if inspect.isclass(made_by) else made_by,  # type: ignore[misc]
            include_extras=True,
        )
    except NameError:
        return {}


def _fits(value: Any, hint: Any) -> bool:
    kind, parts = typing.get_origin(hint) or hint, typing.get_args(hint)
    if hint is Any:
        return True
    if kind is Annotated:
        return _fits(value, parts[0]) and all(value in part for part in parts[1:] if isinstance(part, Range))
    if kind in (typing.Union, types.UnionType):
        return any(_fits(value, part) for part in parts)
    if kind is Literal:
        return value in parts
    if kind in (int, float):
        number = isinstance(value, int | kind) and not isinstance(value, bool)
        return number and abs(value) <= (_LARGEST if kind is int else sys.float_info.max)
    if kind in (bool, str, NoneType):
        return isinstance(value, kind)
    if kind in (Mapping, dict):
        return isinstance(value, Mapping)
    if kind in (Sequence, list, tuple):
        return isinstance(value, list | tuple) and all(_fits(part, parts[0]) for part in value if parts)
    return not isinstance(value, _JSON)


def _describe(hint: Any) -> str:
    kind, parts = typing.get_origin(hint) or hint, typing.get_args(hint)
    if kind is Annotated:
        return " ".join([_describe(parts[0]), *(str(part) for part in parts[1:] if isinstance(part, Range))])
    if kind in (typing.Union, types.UnionType):
        return " or ".join(filter(None, map(_describe, parts)))
    if kind is Literal:
        return f"one of {', '.join(map(repr, parts))}"
    if kind in (Sequence, list, tuple):
        return f"a list, each {_describe(parts[0])}" if parts else "a list"
    words = {
        int: "a whole number",
        float: "a number",
        bool: "true or false",
        str: "a text",
        NoneType: "none",
        dict: "an object of settings",
        Mapping: "an object of settings",
    }
    return words.get(kind, "")
