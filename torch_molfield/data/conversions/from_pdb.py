"""PDB files to ``MolFieldData``: proteins, nucleic acids, complexes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Literal

import torch

from torch_molfield.data.conversions.build import build_molecule
from torch_molfield.data.conversions.pdb_hydrogens import add_hydrogens
from torch_molfield.data.conversions.pdb_records import POLYMER_NAMES, WATER_NAMES, PdbAtom, ResidueKey, parse_model
from torch_molfield.data.molfield_data import MolFieldData

Hydrogens = Literal["keep", "drop", "add"]

#: A C-N or O-P pair of two residues closer than this (Å) is a bond of the backbone.
LINK = 1.9


def from_pdb(
    path: str | Path,
    *,
    model: int = 1,
    chains: Collection[str] | None = None,
    ligands: Collection[str] | Literal["all", "only", "none"] = "all",
    hydrogens: Hydrogens = "keep",
    waters: bool = False,
    dtype: torch.dtype = torch.float32,
) -> MolFieldData:
    """Atoms of a PDB file, one conformation of each residue.

    Besides ``z [N]`` and ``pos [N, 3]`` Å the result has, atom by atom, the lists of strings ``atom_name``,
    ``residue_name`` and ``chain``, and ``residue_number [N]`` int64. Alternate locations: for each residue the one
    location with the highest mean occupancy is taken for all of its atoms (the first letter on a tie), so that atoms
    of two conformations are never mixed. A residue is a ligand when it is neither water, nor a standard residue in
    ATOM records, nor bound into a chain by a peptide or phosphodiester bond (as modified residues and caps are).

    Args:
        path: of the file.
        model: which MODEL, counted from 1 in file order.
        chains: chain letters to keep; ``None`` keeps all (ligands and waters carry the letter of a chain too).
        ligands: ``"all"``, ``"none"``, ``"only"`` (nothing else), or residue names such as ``{"XK2"}`` (polymer and
            these ligands).
        hydrogens: ``"keep"`` those in the file, ``"drop"`` them, or ``"add"`` the missing ones (RDKit; standard
            residues only, side chains in the neutral form RDKit gives them).
        waters: keep them.
        dtype: of ``pos``.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: for broken records, a missing model, chain or ligand, or when nothing is left.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"There is no PDB file {path}.")
    check_hydrogens(hydrogens)
    lines = path.read_text(encoding="latin-1").splitlines()
    atoms = parse_model(lines, model, str(path))
    if not atoms:
        raise ValueError(f"{path} has no ATOM or HETATM record; it is empty, truncated or no PDB file.")
    return atoms_to_data(atoms, chains, ligands, hydrogens, waters, dtype, str(path))


def check_hydrogens(hydrogens: str) -> None:
    """``ValueError`` for an unknown choice."""
    if hydrogens not in ("keep", "drop", "add"):
        raise ValueError(f"hydrogens must be 'keep', 'drop' or 'add', got {hydrogens!r}.")


def atoms_to_data(
    atoms: Sequence[PdbAtom],
    chains: Collection[str] | None,
    ligands: Collection[str] | str,
    hydrogens: Hydrogens,
    waters: bool,
    dtype: torch.dtype,
    source: str,
) -> MolFieldData:
    """The chosen atoms of one model, one conformation of each residue; arguments as of :func:`from_pdb`."""
    atoms = _select(_one_location(atoms), chains, ligands, waters, source)
    if hydrogens == "drop":
        atoms = [atom for atom in atoms if atom.element != "H"]
    elif hydrogens == "add":
        atoms = add_hydrogens(atoms, source)
    if not atoms:
        raise ValueError(f"{source}: no atom is left after the selection; widen chains, ligands, waters or hydrogens.")
    return _to_data(atoms, dtype)


def _one_location(atoms: Sequence[PdbAtom]) -> list[PdbAtom]:
    """Drop all but the best alternate location of each residue; a blank location belongs to every one."""
    occupancies: dict[ResidueKey, dict[str, list[float]]] = {}
    for atom in atoms:
        if atom.altloc:
            occupancies.setdefault(atom.residue_key, {}).setdefault(atom.altloc, []).append(atom.occupancy)
    best = {
        residue: min(locations, key=lambda letter: (-sum(locations[letter]) / len(locations[letter]), letter))
        for residue, locations in occupancies.items()
    }
    chosen = [atom for atom in atoms if not atom.altloc or atom.altloc == best[atom.residue_key]]
    # An atom that has another location only (its residue's best letter does not name it) is kept from that one, once.
    present = {(atom.residue_key, atom.name) for atom in chosen}
    names = {atom.residue_key: atom.residue for atom in chosen if atom.altloc}
    kept = {id(atom) for atom in chosen}
    for atom in sorted(atoms, key=lambda a: -a.occupancy):
        key = (atom.residue_key, atom.name)
        if key not in present and names.get(atom.residue_key, atom.residue) == atom.residue:
            present.add(key)
            kept.add(id(atom))
    return [atom for atom in atoms if id(atom) in kept]


def _select(
    atoms: Sequence[PdbAtom],
    chains: Collection[str] | None,
    ligands: Collection[str] | str,
    waters: bool,
    source: str,
) -> list[PdbAtom]:
    if chains is not None:
        present = sorted({atom.chain for atom in atoms})
        missing = sorted(set(chains) - set(present))
        if missing:
            raise ValueError(f"{source} has no chain {missing}; it has {present}.")
        atoms = [atom for atom in atoms if atom.chain in chains]
    polymer = _polymer_residues(atoms)
    found = sorted({a.residue for a in atoms if a.residue_key not in polymer and a.residue not in WATER_NAMES})
    wanted = set(found) if ligands in ("all", "only") else set() if ligands == "none" else _names(ligands)
    missing = sorted(wanted - set(found))
    if missing or (ligands == "only" and not found):
        raise ValueError(f"{source} has no ligand {missing or 'at all'} in the chains asked for; it has {found}.")

    def keep(atom: PdbAtom) -> bool:
        if atom.residue in WATER_NAMES:
            return waters
        if atom.residue_key in polymer:
            return ligands != "only"
        return atom.residue in wanted

    return [atom for atom in atoms if keep(atom)]


def _names(ligands: Collection[str] | str) -> set[str]:
    return {ligands} if isinstance(ligands, str) else set(ligands)


def _polymer_residues(atoms: Sequence[PdbAtom]) -> set[ResidueKey]:
    """Standard residues in ATOM records, and whatever else is bound into their chain (modified residues, caps)."""
    certain = {a.residue_key for a in atoms if not a.hetero and a.residue in POLYMER_NAMES}
    return certain | _backbone_linked(atoms)


def _backbone_linked(atoms: Sequence[PdbAtom]) -> set[ResidueKey]:
    """Residues joined to another one by a peptide bond (C-N) or a phosphodiester bond (O3'-P)."""
    from scipy.spatial import cKDTree

    linked: set[ResidueKey] = set()
    for tail, head in (("C", "N"), ("O3'", "P")):
        tails = [a for a in atoms if a.name == tail and a.residue not in WATER_NAMES]
        heads = [a for a in atoms if a.name == head and a.residue not in WATER_NAMES]
        if not tails or not heads:
            continue
        near = cKDTree([a.position for a in tails]).query_ball_tree(cKDTree([a.position for a in heads]), LINK)
        for one, others in zip(tails, near, strict=True):
            for other in others:
                if heads[other].residue_key != one.residue_key:
                    linked |= {one.residue_key, heads[other].residue_key}
    return linked


def _to_data(atoms: Sequence[PdbAtom], dtype: torch.dtype) -> MolFieldData:
    from ase.data import atomic_numbers

    data = build_molecule([atomic_numbers[a.element] for a in atoms], [a.position for a in atoms], dtype)
    data.atom_name = [a.name for a in atoms]
    data.residue_name = [a.residue for a in atoms]
    data.chain = [a.chain for a in atoms]
    data.residue_number = torch.tensor([a.number for a in atoms], dtype=torch.long)
    return data
