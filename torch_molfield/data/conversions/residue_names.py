"""Names of residues that structure files share, in capitals."""

from __future__ import annotations

WATER_NAMES = frozenset({"HOH", "WAT", "DOD", "H2O", "TIP", "TIP3", "SOL"})
STANDARD_AMINO_ACIDS = frozenset(
    ("ALA", "ARG", "ASN", "ASP", "CYS", "GLN", "GLU", "GLY", "HIS", "ILE")
    + ("LEU", "LYS", "MET", "PHE", "PRO", "SER", "THR", "TRP", "TYR", "VAL")
)
STANDARD_NUCLEOTIDES = frozenset(("A", "C", "G", "U", "DA", "DC", "DG", "DT"))
#: The standard residues under the names that force fields and the wwPDB give their variants, and the common caps.
POLYMER_NAMES = (
    STANDARD_AMINO_ACIDS
    | STANDARD_NUCLEOTIDES
    | frozenset(("ASX", "GLX", "SEC", "PYL", "UNK", "ACE", "NME", "NH2", "I", "DU", "DI"))
    | frozenset(("HID", "HIE", "HIP", "CYX", "CYM", "ASH", "GLH", "LYN", "HSD", "HSE", "HSP"))
)


def is_water(residue: str) -> bool:
    """Whether a residue of this name is water."""
    return residue.upper() in WATER_NAMES


def is_polymer(residue: str) -> bool:
    """Whether a residue of this name is a standard part of a protein or nucleic acid."""
    return residue.upper() in POLYMER_NAMES
