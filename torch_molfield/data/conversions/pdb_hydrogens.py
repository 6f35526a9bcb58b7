"""Hydrogens that a PDB file leaves out, placed by RDKit on residues whose bond orders it knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from torch_molfield.data.conversions.pdb_records import PdbAtom
from torch_molfield.data.conversions.residue_names import STANDARD_AMINO_ACIDS, STANDARD_NUCLEOTIDES, WATER_NAMES

#: RDKit's PDB reader knows the double bonds of these residues; of all others it would saturate every carbon.
KNOWN_BOND_ORDERS = STANDARD_AMINO_ACIDS | STANDARD_NUCLEOTIDES


def add_hydrogens(atoms: Sequence[PdbAtom], source: str) -> list[PdbAtom]:
    """``atoms`` and the hydrogens missing on them, which follow at the end with the residue of their heavy atom.

    Raises:
        ValueError: for residues whose bond orders are unknown, or when RDKit cannot make out the bonds.
    """
    from rdkit import Chem, rdBase

    unknown = sorted({a.residue for a in atoms if a.residue.upper() not in KNOWN_BOND_ORDERS | WATER_NAMES})
    if unknown:
        raise ValueError(
            f"{source}: hydrogens cannot be added to {unknown}, whose bond orders a PDB file does not tell; "
            "leave them out (chains, ligands) or add the hydrogens beforehand and use hydrogens='keep'."
        )
    with rdBase.BlockLogs():
        mol = Chem.MolFromPDBBlock("".join(map(_record, range(len(atoms)), atoms)), removeHs=False)
        if mol is None or mol.GetNumAtoms() != len(atoms):
            raise ValueError(f"{source}: RDKit cannot tell the bonds, so no hydrogens can be added.")
        full = Chem.AddHs(mol, addCoords=True)
    positions = full.GetConformer().GetPositions()
    added = []
    for index in range(len(atoms), full.GetNumAtoms()):
        parent = atoms[full.GetAtomWithIdx(index).GetNeighbors()[0].GetIdx()]
        x, y, z = (float(c) for c in positions[index])
        added.append(replace(parent, name="H", element="H", position=(x, y, z), altloc=""))
    return [*atoms, *added]


def _record(index: int, atom: PdbAtom) -> str:
    # Serial numbers do not matter to RDKit's bonds; names, residues and coordinates do.
    name = atom.name if len(atom.name) == 4 or len(atom.element) == 2 else f" {atom.name}"
    x, y, z = atom.position
    kind = "HETATM" if atom.hetero else "ATOM  "
    number = atom.number if -1000 < atom.number < 10000 else atom.number % 10000
    return (
        f"{kind}{(index + 1) % 100000:5d} {name.upper():<4s} {atom.residue.upper():>3.3s} {atom.chain:1.1s}{number:4d}"
        f"{atom.insertion:1s}   {x:8.3f}{y:8.3f}{z:8.3f}{1.0:6.2f}{0.0:6.2f}          {atom.element:>2s}\n"
    )
