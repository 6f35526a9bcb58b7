"""One conformation of a structure whose atoms have alternate locations."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Iterator, Sequence
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from torch_molfield.data.conversions.pdb_records import NamedResidue, PdbAtom, ResidueKey

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

#: Å: alternate locations of two residues nearer than this are chosen together
COUPLED = 2.5
#: Å: no two atoms of different residues are so near, bonded or not
CLASH = 1.2
#: Å: no two atoms are so near
COPY = 0.6
#: Atoms (by place in a list) of each alternate location of a residue, by letter.
Locations = dict[str, list[int]]


def one_conformation(atoms: Sequence[PdbAtom]) -> list[PdbAtom]:
    """The atoms of one alternate location of each residue, and those that belong to all of them.

    Residues whose alternate locations touch have one letter: the one with the highest occupancy, summed over these
    residues (of each the mean over its atoms), or the first one on a tie. An atom without a letter that has a copy with
    a letter is an alternate location too, the first one on a tie.
    """
    locations = _locations(atoms)
    lettered = {index for letters in locations.values() for places in letters.values() for index in places}
    chosen = set(range(len(atoms))) - lettered
    shared = {atoms[index].residue_key for index in chosen}
    for group in _coupled(atoms, locations):
        chosen |= _choose(atoms, {key: locations[key] for key in group}, shared)
    return [atoms[index] for index in sorted(chosen)]


def without_copies(atoms: Sequence[PdbAtom], source: str) -> list[PdbAtom]:
    """Drop atoms that share the occupancy of a place with others and have no letter that says so: of two residues in
    one place the one with the lower occupancy, of two atoms of a residue likewise, the latter on a tie.

    Two atoms in one place with TER between them are kept with a warning: nothing says that one is a copy.

    Raises:
        ValueError: for other atoms in one place whose occupancies add up to more than one.
    """
    if len(atoms) < 2:
        return list(atoms)
    members: dict[NamedResidue, list[int]] = {}
    for index, atom in enumerate(atoms):
        members.setdefault(atom.named_residue, []).append(index)
    dropped: set[int] = set()
    crossing = ""
    for i, j, distance in _near_pairs(atoms):
        one, other = atoms[i], atoms[j]
        if not dropped.isdisjoint((i, j)):
            continue
        if _share_a_place(one, other):
            together = one.named_residue == other.named_residue
            rivals = ([i], [j]) if together else (members[one.named_residue], members[other.named_residue])
            dropped.update(min(reversed(rivals), key=lambda places: _occupancy(atoms, places)))
        elif distance < COPY:
            problem = f"{source}: {one} and {other} are {distance:.2f} Å apart"
            if one.segment == other.segment:
                raise ValueError(f"{problem}; remove the copy, or give both a letter of an alternate location.")
            crossing = crossing or problem
    if crossing:
        remedy = "If these are frames, divide them by MODEL and ENDMDL or by END."
        warnings.warn(f"{crossing}; both are kept. {remedy}", stacklevel=2)
    return [atom for index, atom in enumerate(atoms) if index not in dropped]


def _near_pairs(atoms: Sequence[PdbAtom]) -> Iterator[tuple[int, int, float]]:
    """Pairs in file order that are not bonded, and their distance in Å."""
    from scipy.spatial import cKDTree

    pairs = cKDTree([a.position for a in atoms]).query_pairs(CLASH, output_type="ndarray")
    for i, j in sorted(map(tuple, pairs.tolist())):
        distance = math.dist(atoms[i].position, atoms[j].position)
        bonded = atoms[i].named_residue == atoms[j].named_residue and atoms[i].name != atoms[j].name
        if distance < COPY or not bonded:
            yield i, j, distance


def _share_a_place(one: PdbAtom, other: PdbAtom) -> bool:
    occupancies = one.occupancy, other.occupancy
    return max(occupancies) < 1 and 0 < sum(occupancies) < 1.01


def _occupancy(atoms: Sequence[PdbAtom], places: Iterable[int]) -> float:
    return round(fmean(atoms[index].occupancy for index in places), 6)


def _locations(atoms: Sequence[PdbAtom]) -> dict[ResidueKey, Locations]:
    """The atoms of each residue that do not belong to all conformations, by letter; ``""`` where they have none."""
    copies: dict[ResidueKey, set[str]] = {}
    names: dict[ResidueKey, set[str]] = {}
    for atom in atoms:
        if atom.altloc:
            copies.setdefault(atom.residue_key, set()).add(atom.name)
            names.setdefault(atom.residue_key, set()).add(atom.residue)
    # What has the occupancy of a copied atom is of the same conformation.
    partial = {
        (a.residue_key, a.occupancy)
        for a in atoms
        if not a.altloc and a.occupancy < 1 and a.name in copies.get(a.residue_key, ())
    }
    found: dict[ResidueKey, Locations] = {}
    for index, atom in enumerate(atoms):
        key = atom.residue_key
        if key in copies and (
            atom.altloc
            or atom.name in copies[key]
            or (key, atom.occupancy) in partial
            or atom.residue not in names[key]
        ):
            found.setdefault(key, {}).setdefault(atom.altloc, []).append(index)
    return found


def _coupled(atoms: Sequence[PdbAtom], locations: dict[ResidueKey, Locations]) -> list[list[ResidueKey]]:
    """Residues whose alternate locations touch, group by group."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    keys = list(locations)
    if not keys:
        return []
    owners = [k for k, key in enumerate(keys) for places in locations[key].values() for _ in places]
    indices = [index for key in keys for places in locations[key].values() for index in places]
    pairs = cKDTree([atoms[index].position for index in indices]).query_pairs(COUPLED, output_type="ndarray")
    ends = np.array(owners)[pairs]
    graph = coo_matrix((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(len(keys), len(keys)))
    count, labels = connected_components(graph, directed=False)
    groups: list[list[ResidueKey]] = [[] for _ in range(count)]
    for key, label in zip(keys, labels, strict=True):
        groups[label].append(key)
    return groups


def _choose(atoms: Sequence[PdbAtom], residues: dict[ResidueKey, Locations], shared: set[ResidueKey]) -> set[int]:
    """The atoms of the conformation of a group with the highest total occupancy, the first letter on a tie."""
    letters = sorted({letter for locations in residues.values() for letter in locations})
    conformations = [_begin_with(letter, atoms, residues, shared) for letter in letters]
    best = max(conformations, key=lambda chosen: round(sum(_occupancy(atoms, places) for places in chosen), 4))
    return {index for places in best for index in places}


def _begin_with(
    letter: str, atoms: Sequence[PdbAtom], rest: dict[ResidueKey, Locations], shared: set[ResidueKey]
) -> list[list[int]]:
    """The atoms of one letter in a group, residue by residue, and of other letters in residues that do not have it.

    A residue with a single letter and no atom in ``shared`` is absent from the conformation; others have the location
    with the highest occupancy that does not touch what is chosen.
    """
    from scipy.spatial import cKDTree

    chosen: list[list[int]] = []
    while rest:
        chosen += [locations[letter] for locations in rest.values() if letter in locations]
        tree = cKDTree([atoms[index].position for places in chosen for index in places])
        free = {
            key: {other: places for other, places in locations.items() if not _touches(tree, atoms, places)}
            for key, locations in rest.items()
            if letter not in locations and (len(locations) > 1 or key in shared)
        }
        rest = {key: locations for key, locations in free.items() if locations}
        letter = _best_letter(atoms, rest)
    return chosen


def _best_letter(atoms: Sequence[PdbAtom], residues: dict[ResidueKey, Locations]) -> str:
    totals: dict[str, float] = {}
    for letters in residues.values():
        for letter, places in letters.items():
            totals[letter] = totals.get(letter, 0.0) + _occupancy(atoms, places)
    return min(totals, key=lambda letter: (-round(totals[letter], 4), letter), default="")


def _touches(tree: cKDTree, atoms: Sequence[PdbAtom], places: Iterable[int]) -> bool:
    distances, _ = tree.query([atoms[index].position for index in places])
    return bool(distances.min() < CLASH)
