"""Which molecules are computed, in which order, and in which states of protonation."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Collection
from pathlib import Path

import numpy as np
from rdkit import Chem
from rdkit.Chem.Scaffolds import MurckoScaffold

ELEMENTS = frozenset((1, 5, 6, 7, 8, 9, 14, 15, 16, 17, 35, 53))
MAX_CHARGE = 2
#: chance of another state of protonation
CHANGED = 0.15
#: how much more often molecules of an element come than others: so rare are they in lists of drug-like molecules
WEIGHTS = {"Si": 60.0, "B": 30.0, "P": 8.0, "I": 4.0, "Br": 3.0, "Cl": 2.0, "F": 2.0, "S": 2.0}
ANION, CATION = 3.0, 2.0
_ATOM = re.compile(r"Br|Cl|Si|[BCNOPSFI]|[bcnops]")
_CHARGE = re.compile(r"\[[^\]]*?([+-]+)(\d*)[^\]]*\]")
#: atoms that lose or take a proton
ACIDS = (
    "[OX2H1]-[C,S,P]=O", "[OX2H1]-c", "[SX2H1]", "[NX3;H1,H2;+0]-S(=O)=O", "[NX3;H1;+0](-C=O)-C=O", "[nH]",
    "[NX4+;H1,H2,H3]", "[NX3+;H1,H2]=C", "[nH+]",
)  # fmt: skip
BASES = (
    "[NX3;+0;!$(N-*=[O,S,N]);!$(N-a);!$(N-[N,O])]", "[nX2;H0;+0]", "[NX2;+0]=C", "[OX1-]-[C,S,P]=O", "[OX1-]-c",
    "[SX1-]",
)  # fmt: skip


def read_smiles(path: Path) -> list[str]:
    """The different SMILES of a file, the first word of each line, sorted; a file that ends in .gz is unpacked."""
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8")
    return sorted({line.split()[0] for line in text.splitlines() if line.strip()})


def favoured(smiles: list[str], seed: int) -> np.ndarray:
    """A random order, in which a molecule's weight is that of its rarest element times that of its charge."""
    weights = np.array([_weight(each) for each in smiles])
    return np.argsort(np.random.default_rng(seed).exponential(size=len(smiles)) / weights)


def _weight(smiles: str) -> float:
    found = {symbol.capitalize() for symbol in _ATOM.findall(smiles)}
    charge = sum((1 if s[0] == "+" else -1) * (int(n) if n else len(s)) for s, n in _CHARGE.findall(smiles))
    weight = max([1.0, *(WEIGHTS[symbol] for symbol in found & WEIGHTS.keys())])
    return weight * (ANION if charge < 0 else CATION if charge > 0 else 1.0)


def why_unusable(mol: Chem.Mol | None, max_atoms: int, excluded: Collection[str]) -> str:
    """Why a molecule is not computed, or nothing."""
    if mol is None:
        return "cannot be read"
    if len(Chem.GetMolFrags(mol)) > 1:
        return "several fragments"
    hydrogens = sum(atom.GetTotalNumHs() for atom in mol.GetAtoms())
    if not 2 <= mol.GetNumAtoms() + hydrogens <= max_atoms:
        return "too large or too small"
    if not {atom.GetAtomicNum() for atom in mol.GetAtoms()} <= ELEMENTS:
        return "other elements"
    if any(atom.GetNumRadicalElectrons() for atom in mol.GetAtoms()):
        return "open shell"
    if abs(Chem.GetFormalCharge(mol)) > MAX_CHARGE:
        return "charge"
    return "a test molecule" if inchikey14(mol) in excluded else ""


def inchikey14(mol: Chem.Mol) -> str:
    """The first block of the InChIKey."""
    return Chem.MolToInchiKey(mol)[:14]


def other_protonation(mol: Chem.Mol, rng: np.random.Generator) -> Chem.Mol | None:
    """The molecule with a proton more or less, drawn from its acids and bases; ``None`` where it has neither."""
    choices = [(-1, atom) for atom in _first_atoms(mol, ACIDS)] + [(1, atom) for atom in _first_atoms(mol, BASES)]
    if not choices:
        return None
    step, number = choices[rng.integers(len(choices))]
    changed = Chem.RWMol(mol)
    atom = changed.GetAtomWithIdx(number)
    hydrogens = atom.GetTotalNumHs()
    atom.SetFormalCharge(atom.GetFormalCharge() + step)
    atom.SetNoImplicit(True)
    atom.SetNumExplicitHs(hydrogens + step)
    try:
        Chem.SanitizeMol(changed)
    except ValueError:  # RDKit's errors of valence and kekulisation
        return None
    return changed.GetMol()


def _first_atoms(mol: Chem.Mol, patterns: tuple[str, ...]) -> list[int]:
    return sorted({match[0] for pattern in patterns for match in mol.GetSubstructMatches(Chem.MolFromSmarts(pattern))})


def scaffold_group(mol: Chem.Mol) -> int:
    """A number below 2³² that molecules of one Murcko scaffold share; of a molecule without rings its own."""
    scaffold = MurckoScaffold.MurckoScaffoldSmiles(mol=Chem.Mol(mol), includeChirality=False)
    digest = hashlib.blake2b((scaffold or inchikey14(mol)).encode(), digest_size=4)
    return int.from_bytes(digest.digest(), "big")
