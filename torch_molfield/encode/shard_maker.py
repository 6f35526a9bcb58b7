"""How one shard of a library is made, in whichever process; every engine calls this."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import count, islice, takewhile
from pathlib import Path
from typing import NamedTuple

from torch_molfield.data import Entry
from torch_molfield.encode.encoders import Encoder
from torch_molfield.encode.entries import encode
from torch_molfield.encode.job_part import JobPart
from torch_molfield.encode.shards import shard_path, write_shard

#: called with the number of entries done
Progress = Callable[[float], None]


@dataclass(frozen=True)
class ShardMaker:
    """What a process needs to make shards; it can be sent to another one.

    Attributes:
        encoder: with its model.
        entries: the entries of the library from a number on.
        directory: of the shards. file_format: of the shards.
        shard_size: entries of a shard.
        batch_size: as of :func:`~torch_molfield.encode.entries.encode`.
    """

    encoder: Encoder
    entries: Callable[[int], Iterator[Entry]]
    directory: Path
    file_format: str
    shard_size: int
    batch_size: int | None

    def path(self, shard: int) -> Path:
        """Of a shard."""
        return shard_path(self.directory, shard, self.file_format)

    def first(self, shard: int) -> int:
        """The number of the first entry of a shard."""
        return shard * self.shard_size

    def make(self, shard: int, entries: Iterable[Entry], progress: Progress) -> int:
        """Write a shard; the number of its entries, of which there are none beyond the end of the library.

        Args:
            entries: the first are those of the shard.
            progress: called with the number of entries done since the last call.
        """
        arrays = encode(self.encoder, islice(entries, self.shard_size), self.batch_size, progress=progress)
        size = len(arrays["number"]) + len(arrays["failed"])
        if size:
            write_shard(self.path(shard), arrays)
        return size


class ShardPlan(NamedTuple):
    """Which shards are to be made.

    Attributes:
        part: of an array of jobs.
        done: shards that an earlier run has made.
        size: entries of the whole library; ``None`` where it is unknown.
    """

    part: JobPart
    done: frozenset[int]
    size: int | None

    def missing(self, shard_size: int) -> Iterator[int]:
        """The shards of the part that are not there yet, in order; endless where the size is unknown."""
        end = math.inf if self.size is None else self.size
        own = takewhile(lambda number: number * shard_size < end, count(self.part.number - 1, self.part.jobs))
        return (number for number in own if number not in self.done)
