"""Many molecules in several calls of bounded memory."""

from __future__ import annotations

from collections.abc import Sequence

#: numbers that the forces of a padded atom hold, over those of a padded pair
ATOM = 32
#: padded pairs at once: some 0.6 GB with the shipped force field in float32
LIMIT = 400_000


def chunks_by_size(sizes: Sequence[int], limit: int = LIMIT) -> list[list[int]]:
    """Numbers of the molecules of each call, from the smallest ``sizes`` (atoms) to the largest.

    B molecules, padded to M atoms, take B · M · (M + ``ATOM``), which is at most ``limit`` unless one molecule alone
    takes more.
    """
    chunks: list[list[int]] = []
    for number in sorted(range(len(sizes)), key=sizes.__getitem__):
        cost = sizes[number] * (sizes[number] + ATOM)
        if not chunks or (len(chunks[-1]) + 1) * cost > limit:
            chunks.append([])
        chunks[-1].append(number)
    return chunks
