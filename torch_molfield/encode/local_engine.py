"""Shards one after the other in this process."""

from __future__ import annotations

from collections.abc import Iterator

from torch_molfield.data import Entry
from torch_molfield.encode.shard_maker import Progress, ShardMaker, ShardPlan


class LocalEngine:
    """One process."""

    def run(self, maker: ShardMaker, plan: ShardPlan, progress: Progress) -> int:
        """Make what is missing; the number of shards of the part.

        The library is read on from shard to shard, and opened anew where some are left out.

        Args:
            progress: called with the number of entries done, those before the first missing shard included.
        """
        rest: Iterator[Entry] = iter(())
        following, done, made = -1, 0.0, 0

        def count(more: float) -> None:
            nonlocal done
            done += more
            progress(done)

        for shard in plan.missing(maker.shard_size):
            if shard != following:
                rest, done = maker.entries(maker.first(shard)), float(maker.first(shard))
            following = shard + 1
            if not maker.make(shard, rest, count):
                break
            made += 1
        return made + len(plan.done)
