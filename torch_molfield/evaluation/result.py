"""The result of an evaluation: a table, its numbers as JSON, and pictures."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import torch

from torch_molfield.data.io.atomic import atomic_file

METRICS = "metrics.json"


class Column(NamedTuple):
    """A column of the table: its key in the rows (``"metrics.iou"`` for one within another), its heading, the format
    of a number, and a factor before it.

    Texts are left-aligned. A row without the key has an empty cell.
    """

    key: str
    heading: str
    number: str = ".4g"
    factor: float = 1.0


@dataclass
class Evaluation:
    """The result of an evaluation.

    Attributes:
        rows: one per line of the table, JSON-like.
        columns: of the table; rows may hold more.
        facts: what is written to ``metrics.json`` besides the rows.
        rows_name: name of the rows in that file.
        footer: a last line of the table.
        writers: functions that write further files, each called with the folder.
        page: the file to open first.
    """

    rows: list[dict[str, Any]]
    columns: Sequence[Column]
    facts: Mapping[str, Any] = field(default_factory=dict)
    rows_name: str = "molecules"
    footer: Mapping[str, Any] | None = None
    writers: Sequence[Callable[[Path], None]] = ()
    page: str = METRICS

    def table(self) -> str:
        """The rows as text, numbers right-aligned."""
        shown = [*self.rows, *([] if self.footer is None else [self.footer])]
        values = [[_value(row, column.key) for column in self.columns] for row in shown]
        lines = [[column.heading for column in self.columns]]
        lines += [[_text(value, c) for value, c in zip(row, self.columns, strict=True)] for row in values]
        numeric = [any(isinstance(row[k], int | float) for row in values) for k in range(len(self.columns))]
        widths = [max(len(line[k]) for line in lines) for k in range(len(self.columns))]
        return "\n".join("  ".join(map(_aligned, line, widths, numeric)).rstrip() for line in lines)

    def write(self, folder: Path) -> None:
        """Write ``metrics.json`` and the rest into an existing folder, each file atomically."""
        metrics = {**self.facts, self.rows_name: self.rows, "torch": torch.__version__}
        with atomic_file(folder / METRICS) as partial:
            partial.write_text(json.dumps(metrics, indent=2) + "\n", encoding="utf-8")
        for write in self.writers:
            write(folder)


def _value(row: Mapping[str, Any], key: str) -> Any:
    for name in key.split("."):
        row = row.get(name) if isinstance(row, Mapping) else None  # type: ignore[assignment]
    return row


def _text(value: Any, column: Column) -> str:
    if value is None:
        return ""
    if isinstance(value, str | int):
        return str(value)
    return format(value * column.factor, column.number)


def _aligned(text: str, width: int, right: bool) -> str:
    return text.rjust(width) if right else text.ljust(width)
