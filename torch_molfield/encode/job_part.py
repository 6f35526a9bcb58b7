"""Which shards of a library a job of an array makes."""

from __future__ import annotations

import re
from typing import NamedTuple


class JobPart(NamedTuple):
    """Job ``number`` of ``jobs``, from 1 on: it makes the shards number − 1, number − 1 + jobs, and so on."""

    number: int = 1
    jobs: int = 1

    @classmethod
    def read(cls, text: str) -> JobPart:
        """Of ``"3/64"``.

        Raises:
            ValueError: for anything else, or a number that is not from 1 to how many there are.
        """
        found = re.fullmatch(r"([0-9]{1,9})/([0-9]{1,9})", text.strip())
        part = cls(int(found[1]), int(found[2])) if found else cls(0, 0)
        if not 1 <= part.number <= part.jobs:
            raise ValueError(
                f"the part {text!r} is not valid; give a number and how many there are, from 1/64 to 64/64."
            )
        return part

    def has(self, shard: int) -> bool:
        """Whether a shard is of this part."""
        return shard % self.jobs == self.number - 1


#: all shards
WHOLE = JobPart()
