"""Whether the bonds of a graph can get orders, so that every atom has its usual valence."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from torch_molfield.geometry.united_atoms import SiteLabel

#: bonds that a triple bond has more than a single one
MOST_EXTRA = 2


def free_valences(labels: Sequence[SiteLabel]) -> list[int] | None:
    """What single bonds leave of each site's usual valence; ``None`` where a site has more bonds than that, as in
    zwitterions, sulfoxides and phosphates."""
    left = [_valence(label.element) - label.hydrogens - label.neighbours for label in labels]
    return None if left and min(left) < 0 else left


def can_have_orders(labels: Sequence[SiteLabel], neighbours: Sequence[Sequence[int]]) -> bool:
    """Whether what single bonds leave of the valences can be double and triple bonds of the graph; true for sites whose
    valence is not a usual one.

    Args:
        labels: of the n sites.
        neighbours: of each site the sites that are bonded to it.
    """
    left = free_valences(labels)
    return left is None or _matched(left, neighbours, {})


def could_have_orders(labels: Sequence[SiteLabel]) -> bool:
    """The same of sites whose bonds are not known, without cumulated double bonds in a ring: necessary, not sufficient.

    Of sites with two valences left, those with one neighbour need a partner for a triple bond among the others; the
    rest are in pairs of triple bonds, or within chains of cumulated double bonds that end at sites with one valence
    left. Sites with one valence left and one neighbour need partners with more neighbours.
    """
    left = free_valences(labels)
    if left is None:
        return True
    if len(labels) < 3 or max(left) > MOST_EXTRA:
        return sum(left) % 2 == 0 and 2 * max(left, default=0) <= sum(left)
    ends, inner = ([0, 0, 0], [0, 0, 0])
    for label, valence in zip(labels, left, strict=True):
        (ends if label.neighbours == 1 else inner)[valence] += 1
    rest = inner[2] - ends[2]
    return rest >= 0 and any(
        _pairs(ends[1] - taken, inner[1] - (2 * chains - taken))
        for chains in range(rest + 1)
        if chains or rest % 2 == 0
        for taken in range(2 * chains + 1)
    )


def _pairs(ends: int, inner: int) -> bool:
    """Whether sites with one valence left are in pairs, no two of those with one neighbour."""
    return 0 <= ends <= inner and (ends + inner) % 2 == 0


def _matched(left: list[int], neighbours: Sequence[Sequence[int]], extra: dict[tuple[int, int], int]) -> bool:
    """Whether ``left`` can be brought to 0 by bonds beyond those that are ``extra`` already; the site with the fewest
    partners goes first."""
    choices = []
    for site, valence in enumerate(left):
        if valence:
            free = [n for n in neighbours[site] if left[n] and extra.get(_pair(site, n), 0) < MOST_EXTRA]
            choices.append((len(free), site, free))
    if not choices:
        return True
    _, site, partners = min(choices)
    for partner in partners:
        pair = _pair(site, partner)
        rest = [valence - (k in pair) for k, valence in enumerate(left)]
        if _matched(rest, neighbours, {**extra, pair: extra.get(pair, 0) + 1}):
            return True
    return False


def _pair(one: int, other: int) -> tuple[int, int]:
    return (one, other) if one < other else (other, one)


@cache
def _valence(element: int) -> int:
    from rdkit.Chem import GetPeriodicTable

    return int(GetPeriodicTable().GetDefaultValence(element))
