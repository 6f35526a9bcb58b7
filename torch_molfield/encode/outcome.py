"""Counts of the molecules of a library that were encoded or failed, read from its shards."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from torch_molfield.data.io.atomic import atomic_file
from torch_molfield.encode.job_part import WHOLE, JobPart
from torch_molfield.encode.shards import iterate_shards

_COLUMNS = ("failed", "failed_name", "problem")


class Outcome(NamedTuple):
    """How many molecules have arrays, and how many failed by problem."""

    encoded: int
    problems: Counter[str]


def failed_path(directory: Path, part: JobPart) -> Path:
    """The table of the molecules that failed; each job of an array has its own."""
    return directory / ("failed.csv" if part == WHOLE else f"failed-{part.number}-of-{part.jobs}.csv")


def tell_outcome(directory: str | Path, part: JobPart = WHOLE) -> Outcome:
    """Count the molecules of a part, and write those that failed to :func:`failed_path`: number, name, problem.

    One shard is in memory at a time.
    """
    encoded, problems = 0, Counter[str]()
    with atomic_file(failed_path(Path(directory), part)) as path, path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["number", "name", "problem"])
        for shard in iterate_shards(directory, part, ("number", *_COLUMNS)):
            encoded += len(shard["number"])
            problems.update(shard["problem"].tolist())
            table.writerows(zip(*(shard[column].tolist() for column in _COLUMNS), strict=True))
    return Outcome(encoded, problems)
