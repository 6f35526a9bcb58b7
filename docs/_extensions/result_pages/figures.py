"""Numbers out of the JSON files of the benchmarks: ``FILE/KEY/KEY…; OPTIONS``.

The first step is a file without its ``.json``, the others are keys, or positions in a list. ``*`` stands for every key
(within a longer key for a word), and the values are averaged. ``#`` stands for every seed: the value is the mean over
seeds ± their sample standard deviation. Options, separated by spaces: another reduction than the mean (`REDUCTIONS`), a
factor (``×1000``), and a format of Python (``.1f``; a comma in it separates thousands).
"""

from __future__ import annotations

import json
import re
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

REDUCTIONS = {
    "mean": statistics.fmean,
    "max": max,
    "min": min,
    "median": statistics.median,
    "sum": sum,
    "std": statistics.stdev,
    "count": len,
}
Leaf = tuple[tuple[str, ...], Any]


class MissingFigure(Exception):
    """A number that a page asks for and no file has; says which file and what is there instead."""


class Results:
    """The JSON files of a folder, each read once; ``read`` holds the paths of those that were asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.read: dict[Path, Any] = {}

    def text(self, expression: str) -> str:
        """The formatted value of an expression.

        Raises:
            MissingFigure: the file, a key or a number is missing.
        """
        path, _, options = expression.partition(";")
        name, *steps = (step.strip() for step in path.strip().split("/"))
        try:
            leaves = list(find(self._content(name), steps))
            return formatted(leaves, options.split())
        except (LookupError, TypeError, ValueError, statistics.StatisticsError) as problem:
            raise MissingFigure(f"{self.folder / name}.json, {{{{{expression}}}}}: {problem}") from None

    def _content(self, name: str) -> Any:
        path = self.folder / f"{name}.json"
        if path not in self.read:
            if not path.is_file():
                raise LookupError("there is no such file.")
            self.read[path] = json.loads(path.read_text(encoding="utf-8"))
        return self.read[path]


def find(node: Any, steps: list[str], seeds: tuple[str, ...] = ()) -> Iterator[Leaf]:
    """Every value that ``steps`` lead to, with the keys that stood for a seed on the way.

    Raises:
        LookupError: a step leads nowhere.
    """
    if not steps:
        yield seeds, node
        return
    step, *rest = steps
    children = _children(node)
    keys = [key for key in children if matches(step, key)]
    if not keys:
        there = ", ".join(list(children)[:12]) or "a single value"
        raise LookupError(f"nothing matches '{step}'; there is {there}.")
    for key in keys:
        yield from find(children[key], rest, (*seeds, key) if "#" in step else seeds)


def matches(step: str, key: str) -> bool:
    """Whether a key fits a step with its ``*`` and ``#``."""
    if step == "*":
        return True
    pattern = re.escape(step).replace(r"\*", r"\w+").replace(r"\#", r"\d+")
    return re.fullmatch(pattern, key) is not None


def formatted(leaves: list[Leaf], options: list[str]) -> str:
    """Text of what was found: a word as it is, a number or the mean over seeds ± their standard deviation."""
    if len(leaves) == 1 and isinstance(leaves[0][1], str | bool):
        value = leaves[0][1]
        return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
    reduction, factor, style = _options(options)
    groups: dict[tuple[str, ...], list[float]] = {}
    for seeds, value in leaves:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TypeError(f"a number is needed, not {str(value)[:60]}.")
        groups.setdefault(seeds, []).append(value)
    values = [factor * REDUCTIONS[reduction](group) for group in groups.values()]
    text = _plain(statistics.fmean(values), style)
    return f"{text} ± {_plain(statistics.stdev(values), style)}" if len(values) > 1 else text


def _options(options: list[str]) -> tuple[str, float, str]:
    reduction, factor, style = "mean", 1.0, ".3g"
    for option in options:
        if option in REDUCTIONS:
            reduction = option
        elif option.startswith("×"):
            factor = float(option[1:])
        else:
            style = option
    return reduction, factor, style


def _plain(value: float, style: str) -> str:
    """A number in a format: powers of ten written out, a thin space between groups of three digits, a minus sign."""
    mantissa, exponent, power = format(value, style).partition("e")
    mantissa = mantissa.replace(",", "\N{NARROW NO-BREAK SPACE}").replace("-", "\N{MINUS SIGN}")
    return f"{mantissa}·10{_superscript(int(power))}" if exponent else mantissa


def _superscript(power: int) -> str:
    return str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def _children(node: Any) -> dict[str, Any]:
    if isinstance(node, dict):
        return node
    if isinstance(node, list):
        return {str(index): item for index, item in enumerate(node)}
    return {}
