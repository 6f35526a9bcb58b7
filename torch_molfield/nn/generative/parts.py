"""Parts of molecules that are kept, and grow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch_geometric.data import Data

from torch_molfield.geometry.united_atoms import SiteLabel, SiteMolecule, Sites, bonded_sites, to_sites
from torch_molfield.geometry.valences import could_have_orders, free_valences

#: time at which molecules begin that have a part already
PART_TIME = 0.3
#: Å, from a site that grows to the middle of what grows there, and the spread of that
REACH, SPREAD = 2.2, 0.9


@dataclass(frozen=True)
class Part:
    """Sites that are kept, in one piece or several.

    Attributes:
        sites: with the labels that they have in the whole molecule.
        grows: which of them grow, one entry for each bond to a new site.
        exits: ``[g, 3]`` unit vectors, directions of those bonds at first.
        num_pieces: how many pieces they make.
    """

    sites: SiteMolecule
    grows: list[int]
    exits: Tensor
    num_pieces: int

    def can_grow(self, new: Sequence[SiteLabel]) -> bool:
        """Whether new sites of these labels can bind to all free bonds of the part, which are single, and make one
        molecule of all pieces, with the usual valences; necessary, not sufficient."""
        ends, free = sum(label.neighbours for label in new), len(self.grows)
        between = ends - free
        most = len(new) - 1 + len(set(self.grows))
        return (
            between >= 0
            and between % 2 == 0
            and between <= len(new) * (len(new) - 1)
            and free + between // 2 >= len(new) + self.num_pieces - 1
            and all(1 <= label.neighbours <= most for label in new)
            and free_valences(new) is not None
            and could_have_orders(new)
        )


def make_part(keep: Data, replace: Sequence[int]) -> Part:
    """Return the part that the atoms of ``keep`` make without the hydrogens ``replace``.

    Args:
        keep: ``z [N]`` and ``pos [N, 3]`` Å.
        replace: indices of the hydrogens that are replaced.

    Raises:
        ValueError: for atoms to replace that are not hydrogens, or a part that has no sites.
    """
    hydrogens = (keep.z == 1).nonzero()[:, 0].tolist()
    if set(replace) - set(hydrogens) or len(set(replace)) < len(replace):
        raise ValueError(
            f"replace must be different hydrogens of the part, of {[k + 1 for k in hydrogens]} (numbers from 1); "
            f"got {[k + 1 for k in replace]}."
        )
    rest = torch.ones(len(keep.z), dtype=torch.bool)
    rest[list(replace)] = False
    sites = to_sites(keep.z[rest], keep.pos[rest])
    gone = keep.pos[list(replace)]
    grows = torch.cdist(gone, sites.pos).argmin(1).tolist()
    labels = [
        label._replace(neighbours=label.neighbours + grows.count(site)) for site, label in enumerate(sites.labels)
    ]
    exits = torch.nn.functional.normalize(gone - sites.pos[grows], dim=1)
    return Part(sites._replace(labels=labels), grows, exits, _num_pieces(sites))


def begin_around(part: Part, places: Tensor, label: Tensor, normal: Tensor) -> Sites:
    """Molecules to begin with: the part, and around its free bonds the new sites at random, in canonical coordinates.

    Args:
        part: of k sites. places: ``[B, k]``, which sites of a molecule are those of the part.
        label: ``[B, n]`` of all sites, −1 where there is none. normal: ``[B, n, 4, 3]`` standard normal numbers.
    """
    starts = part.sites.pos[part.grows] + REACH * part.exits
    found = Sites(label, normal.new_zeros(*label.shape, 3), torch.zeros_like(normal[:, :, 1:]))
    for row, (own, drawn) in enumerate(zip(places.tolist(), normal[:, :, 0], strict=True)):
        count = int((label[row] >= 0).sum())
        new = [site for site in range(count) if site not in own]
        pos = drawn.new_zeros(count, 3)
        pos[own] = part.sites.pos.to(pos)
        pos[new] = starts[torch.arange(len(new)) % len(starts)].to(pos) + SPREAD * drawn[new]
        vectors = pos.new_zeros(count, *part.sites.hydrogens.shape[1:])
        vectors[own] = part.sites.hydrogens.to(pos)
        molecule = SiteMolecule(part.sites.labels, pos, vectors).canonical()
        found.pos[row, :count], found.hydrogens[row, :count] = molecule.pos, molecule.hydrogens
    return found


def _num_pieces(sites: SiteMolecule) -> int:
    from scipy.sparse.csgraph import connected_components

    places = list(range(len(sites.labels)))
    batch = Sites(torch.tensor([places]), sites.pos[None], sites.hydrogens[None])
    return int(connected_components(bonded_sites(batch, sites.labels)[0].numpy())[0])
