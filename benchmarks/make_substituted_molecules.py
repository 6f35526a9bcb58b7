"""Molecules of QM9 with other elements in them: geometries to learn densities of S, P, Cl, Br and I from.

QM9 has H, C, N, O and F only. Here atoms of its training molecules are replaced (F and methyl by Cl, Br or I, divalent
O by S, some of that oxidised to a sulfone, trivalent N by P, some of that oxidised), the SMILES are embedded by ETKDG
and relaxed by MMFF94, and what RDKit refuses is left out. No labels: densities need none.

    python benchmarks/make_substituted_molecules.py --data ../shared/data --out runs/substituted.extxyz --count 20000
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.io import write
from rdkit import Chem, rdBase

from torch_molfield.data import QM9, from_smiles

HALOGENS = (17, 35, 53)
#: chance of each atom that can be replaced, and of an S or P to be oxidised
REPLACED, OXIDISED = 0.35, 0.3


def substituted(smiles: str, random: np.random.Generator) -> str | None:
    """Another molecule with at least one new element, or nothing."""
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(smiles)
    if mol is None:
        return None
    edited = Chem.RWMol(mol)
    changed = [atom.GetIdx() for atom in edited.GetAtoms() if _replace(atom, random)]
    for index in changed:
        _oxidise(edited, index, random)
    with rdBase.BlockLogs():
        problem = Chem.SanitizeMol(edited, catchErrors=True)
    return Chem.MolToSmiles(edited) if changed and not problem else None


def _replace(atom: Chem.Atom, random: np.random.Generator) -> bool:
    number, methyl = atom.GetAtomicNum(), atom.GetAtomicNum() == 6 and atom.GetTotalNumHs() == 3
    if atom.GetFormalCharge() or random.random() > REPLACED:
        return False
    if number == 9 or methyl:
        atom.SetAtomicNum(int(random.choice(HALOGENS)))
    elif number == 8:
        atom.SetAtomicNum(16)
    elif number == 7 and not atom.GetIsAromatic() and atom.GetDegree() + atom.GetTotalNumHs() == 3:
        atom.SetAtomicNum(15)
    else:
        return False
    return True


def _oxidise(mol: Chem.RWMol, index: int, random: np.random.Generator) -> None:
    """C−S−C to a sulfone and PR₃ to R₃P=O, sometimes."""
    atom = mol.GetAtomWithIdx(index)
    count = {16: 2, 15: 1}.get(atom.GetAtomicNum(), 0)
    if not count or atom.GetIsAromatic() or atom.GetDegree() < 2 or random.random() > OXIDISED:
        return
    for _ in range(count):
        mol.AddBond(index, mol.AddAtom(Chem.Atom(8)), Chem.BondType.DOUBLE)


def molecules(data: Path, seed: int) -> Iterator[Atoms]:
    """Embedded molecules, one after the other."""
    random = np.random.default_rng(seed)
    for molecule in QM9(data, part="train"):
        smiles = substituted(molecule.smiles, random)
        if smiles is None:
            continue
        try:
            made = from_smiles(smiles)
        except ValueError:
            continue
        yield Atoms(made.z.numpy(), made.pos.numpy(), info={"name": smiles})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    made = [atoms for _, atoms in zip(range(options.count), molecules(options.data, options.seed), strict=False)]
    options.out.parent.mkdir(parents=True, exist_ok=True)
    write(options.out, made, format="extxyz")
    print(f"wrote {options.out}: {len(made)} molecules")


if __name__ == "__main__":
    main()
