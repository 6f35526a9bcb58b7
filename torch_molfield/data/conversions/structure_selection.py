"""Which atoms of a structure file become a molecule: chains, ligands, waters, hydrogens, one conformation."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import torch

from torch_molfield.data.conversions.build import build_molecule
from torch_molfield.data.conversions.conformations import one_conformation, without_copies
from torch_molfield.data.conversions.pdb_hydrogens import add_hydrogens
from torch_molfield.data.conversions.pdb_records import NamedResidue, PdbAtom
from torch_molfield.data.conversions.residue_names import is_polymer, is_water
from torch_molfield.data.element_tables import SYMBOLS
from torch_molfield.data.molfield_data import MolFieldData

Hydrogens = Literal["keep", "drop", "add"]
Ligands = Collection[str] | Literal["all", "only", "none"]

#: A C-N or O-P pair of two residues closer than this (Å) is a bond of the backbone.
LINK = 1.9


@dataclass(frozen=True, kw_only=True)
class Selection:
    """The arguments of :func:`~torch_molfield.data.from_pdb` of these names."""

    chains: Collection[str] | None = None
    ligands: Ligands = "all"
    hydrogens: Hydrogens = "keep"
    waters: bool = False
    dtype: torch.dtype = torch.float32

    def __post_init__(self) -> None:
        if self.hydrogens not in ("keep", "drop", "add"):
            raise ValueError(f"hydrogens must be 'keep', 'drop' or 'add', got {self.hydrogens!r}.")

    def apply(self, atoms: Sequence[PdbAtom], source: str) -> MolFieldData:
        """The chosen atoms of one model; ``source`` names the file in errors."""
        chosen = one_conformation(_select(atoms, self, source))
        if self.hydrogens == "drop":
            chosen = [atom for atom in chosen if atom.element != "H"]
        chosen = without_copies(chosen, source)
        if not chosen:
            raise ValueError(f"{source}: no atom is left after the selection; {self._remedy(atoms)}.")
        return _to_data(add_hydrogens(chosen, source) if self.hydrogens == "add" else chosen, self.dtype)

    def _remedy(self, atoms: Sequence[PdbAtom]) -> str:
        if not self.waters and all(is_water(atom.residue) for atom in atoms):
            return "there is only water, which is left out; keep it with waters=True, on the command line --keep-water"
        return "widen chains, ligands, waters or hydrogens"


def _select(atoms: Sequence[PdbAtom], selection: Selection, source: str) -> Sequence[PdbAtom]:
    chains, ligands = selection.chains, selection.ligands
    if chains is not None:
        present = sorted({atom.chain for atom in atoms})
        missing = sorted(set(chains) - set(present))
        if missing:
            raise ValueError(f"{source} has no chain {missing}; it has {present}.")
        atoms = [atom for atom in atoms if atom.chain in chains]
    polymer = _polymer_residues(atoms)
    found = sorted({a.residue for a in atoms if a.named_residue not in polymer and not is_water(a.residue)})
    wanted = set(found) if ligands in ("all", "only") else set() if ligands == "none" else _names(ligands)
    missing = sorted(wanted - set(found))
    if missing or (ligands == "only" and not found):
        raise ValueError(f"{source} has no ligand {missing or 'at all'} in the chains asked for; it has {found}.")

    def keep(atom: PdbAtom) -> bool:
        if is_water(atom.residue):
            return selection.waters
        if atom.named_residue in polymer:
            return ligands != "only"
        return atom.residue in wanted

    return [atom for atom in atoms if keep(atom)]


def _names(ligands: Collection[str] | str) -> set[str]:
    return {ligands} if isinstance(ligands, str) else set(ligands)


def _polymer_residues(atoms: Sequence[PdbAtom]) -> set[NamedResidue]:
    """Standard residues in ATOM records, and whatever else is bound into their chain (modified residues, caps)."""
    certain = {a.named_residue for a in atoms if not a.hetero and is_polymer(a.residue)}
    return certain | _backbone_linked(atoms)


def _backbone_linked(atoms: Sequence[PdbAtom]) -> set[NamedResidue]:
    """Residues joined to another one by a peptide bond (C-N) or a phosphodiester bond (O3'-P)."""
    from scipy.spatial import cKDTree

    linked: set[NamedResidue] = set()
    for tail, head in (("C", "N"), ("O3'", "P")):
        tails = [a for a in atoms if a.name == tail and not is_water(a.residue)]
        heads = [a for a in atoms if a.name == head and not is_water(a.residue)]
        if not tails or not heads:
            continue
        near = cKDTree([a.position for a in tails]).query_ball_tree(cKDTree([a.position for a in heads]), LINK)
        for one, others in zip(tails, near, strict=True):
            for other in others:
                if heads[other].residue_key != one.residue_key:
                    linked |= {one.named_residue, heads[other].named_residue}
    return linked


def _to_data(atoms: Sequence[PdbAtom], dtype: torch.dtype) -> MolFieldData:
    data = build_molecule([1 + SYMBOLS.index(a.element) for a in atoms], [a.position for a in atoms], dtype)
    data.atom_name = [a.name for a in atoms]
    data.residue_name = [a.residue for a in atoms]
    data.chain = [a.chain for a in atoms]
    data.residue_number = torch.tensor([a.number for a in atoms], dtype=torch.long)
    return data
