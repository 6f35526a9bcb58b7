"""Molecules as heavy atoms with their hydrogens attached: the sites whose list is the weights of a function.

A site is a heavy atom: its label (element, number of hydrogens, number of heavy neighbours), its position, and the
vectors to its hydrogens. The labels alone fix the formula, the number of rings (half the sum of neighbours, less the
number of sites, plus one) and the sum of the bond orders; the positions tell which sites are bonded. Going from atoms
to sites and back is exact, up to the order of the atoms.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from torch_molfield.geometry.bonds import find_bonds

#: hydrogens that a site has room for
MAX_HYDROGENS = 3
#: Bonded are heavy atoms nearer than the covalent radii times this: below 1.77 Å for carbon, so that the ends of a
#: bicyclo[1.1.1]pentane cage (1.85 Å) are none.
HEAVY_TOLERANCE = 1.16


class SiteLabel(NamedTuple):
    """What a site is: atomic number, hydrogens on it, and heavy atoms bonded to it."""

    element: int
    hydrogens: int
    neighbours: int

    @property
    def atoms(self) -> int:
        """How many atoms the site stands for."""
        return 1 + self.hydrogens


class Sites(NamedTuple):
    """Sites of B molecules, padded to n: ``label [B, n]`` int64, a place in a list of labels, −1 where there is no
    site; ``pos [B, n, 3]`` Å; ``hydrogens [B, n, 3, 3]`` Å, vectors from the site, 0 where there is no hydrogen."""

    label: Tensor
    pos: Tensor
    hydrogens: Tensor

    @property
    def mask(self) -> Tensor:
        """``[B, n]``, where there is a site."""
        return self.label >= 0


class SiteMolecule(NamedTuple):
    """Sites of one molecule: ``labels``, ``pos [n, 3]`` Å and ``hydrogens [n, 3, 3]`` Å."""

    labels: list[SiteLabel]
    pos: Tensor
    hydrogens: Tensor

    def canonical(self) -> SiteMolecule:
        """In canonical coordinates: centroid of the heavy atoms at 0, principal axes along x, y and z by falling
        spread, right-handed. The signs of the axes are arbitrary."""
        local = (self.pos - self.pos.mean(0)).double()
        axes = torch.linalg.eigh(local.T @ local)[1].flip(1)
        axes = torch.cat([axes[:, :2], torch.linalg.cross(axes[:, 0], axes[:, 1])[:, None]], dim=1)
        turned = (self.hydrogens.double() @ axes).to(self.pos.dtype)
        return SiteMolecule(self.labels, (local @ axes).to(self.pos.dtype), turned)


def to_sites(z: Tensor, pos: Tensor) -> SiteMolecule:
    """The sites of a molecule, in the coordinates of its atoms.

    Args:
        z: ``[N]`` atomic numbers. pos: ``[N, 3]`` Å.

    Raises:
        ValueError: for a molecule without heavy atoms, or more than three hydrogens on one.
    """
    number, x = z.cpu().numpy(), pos.detach().cpu().numpy()
    heavy, light = np.flatnonzero(number > 1), np.flatnonzero(number == 1)
    if not len(heavy):
        raise ValueError("the molecule has no heavy atom; hydrogen alone cannot be encoded.")
    owner = np.linalg.norm(x[light, None] - x[heavy], axis=-1).argmin(1) if len(light) else light
    counts = np.bincount(owner, minlength=len(heavy))
    if counts.max() > MAX_HYDROGENS:
        raise ValueError(f"a heavy atom has {counts.max()} hydrogens, but a site can hold {MAX_HYDROGENS} at most.")
    vectors = np.zeros((len(heavy), MAX_HYDROGENS, 3), dtype=x.dtype)
    for site in range(len(heavy)):
        vectors[site, : counts[site]] = x[light[owner == site]] - x[heavy[site]]
    neighbours = np.bincount(find_bonds(number[heavy], x[heavy], HEAVY_TOLERANCE).reshape(-1), minlength=len(heavy))
    labels = [SiteLabel(*map(int, row)) for row in zip(number[heavy], counts, neighbours, strict=True)]
    return SiteMolecule(labels, pos.detach()[torch.from_numpy(heavy)], torch.from_numpy(vectors).to(pos.device))


def to_atoms(labels: Sequence[SiteLabel], pos: Tensor, hydrogens: Tensor) -> tuple[Tensor, Tensor]:
    """``(z [N], pos [N, 3] Å)`` of the sites ``pos [n, 3]`` and ``hydrogens [n, 3, 3]``: each heavy atom is followed by
    its hydrogens."""
    z = [number for label in labels for number in (label.element, *[1] * label.hydrogens)]
    counts = torch.tensor([label.hydrogens for label in labels], device=pos.device)
    places = torch.cat([pos[:, None], pos[:, None] + hydrogens], dim=1)
    kept = torch.arange(MAX_HYDROGENS + 1, device=pos.device) <= counts[:, None]
    return torch.tensor(z, device=pos.device), places[kept]


def pad_sites(molecules: Sequence[SiteMolecule], labels: Sequence[SiteLabel]) -> Sites:
    """Sites of several molecules whose labels are all in ``labels``."""
    place = {label: k for k, label in enumerate(labels)}
    most = max(len(molecule.labels) for molecule in molecules)
    label = torch.full((len(molecules), most), -1, device=molecules[0].pos.device)
    pos, hydrogens = (molecules[0].pos.new_zeros(len(molecules), most, *shape) for shape in ((3,), (MAX_HYDROGENS, 3)))
    for row, molecule in enumerate(molecules):
        count = len(molecule.labels)
        label[row, :count] = label.new_tensor([place[entry] for entry in molecule.labels])
        pos[row, :count] = molecule.pos
        hydrogens[row, :count] = molecule.hydrogens
    return Sites(label, pos, hydrogens)


def bonded_sites(sites: Sites, labels: Sequence[SiteLabel]) -> Tensor:
    """``[B, n, n]``, which sites are bonded by their distance; ``labels`` is the list that ``sites`` number."""
    from ase.data import covalent_radii

    elements = torch.tensor([label.element for label in labels])
    radius = torch.from_numpy(covalent_radii)[elements].to(sites.pos)[sites.label.clamp(min=0)]
    there = sites.mask[:, :, None] & sites.mask[:, None]
    there = there & ~torch.eye(there.shape[1], dtype=torch.bool, device=there.device)
    return there & (pair_distances(sites.pos) < HEAVY_TOLERANCE * (radius[:, :, None] + radius[:, None]))


def pair_distances(pos: Tensor) -> Tensor:
    """``[B, n, n]`` Å, with a finite gradient at 0."""
    return ((pos[:, :, None] - pos[:, None]).square().sum(-1) + 1e-6).sqrt()
