"""``MolFieldData`` to an RDKit ``Mol`` with bonds and formal charges."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from torch_geometric.data import Data

from torch_molfield.data.conversions.positions import set_positions

if TYPE_CHECKING:
    from rdkit.Chem import Mol, RWMol


def to_rdkit(data: Data, charge: int = 0) -> Mol:
    """Convert a molecule to an RDKit ``Mol`` with the same order of atoms, bonds, formal charges and one conformer.

    Bonds are those of ``smiles`` and ``edge_index`` if the molecule has both and they match. Otherwise RDKit determines
    them from elements, positions and charge (Kim and Kim, Bull. Korean Chem. Soc. 36, 1769, 2015).

    Args:
        data: ``z [N]``, ``pos [N, 3]`` Å.
        charge: of the molecule, e; used where bonds have to be determined.

    Raises:
        ValueError: where no bonds fit elements, positions and charge.
    """

    numbers = data.z.tolist()
    mol = _of_smiles(data, numbers) if "smiles" in data and data.get("edge_index") is not None else None
    if mol is None:
        mol = _found(data, numbers, charge)
    return set_positions(mol, data.pos.detach().cpu().double().numpy())


def _of_smiles(data: Data, numbers: Sequence[int]) -> Mol | None:
    """The molecule of the SMILES, with the atoms as in the data; nothing where its atoms are not those of the data."""
    from rdkit import Chem, rdBase

    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(data.smiles)
    if mol is None:
        return None
    mol = Chem.AddHs(mol)
    if mol.GetNumAtoms() != len(numbers):
        return None
    ours = _skeleton(numbers, data.edge_index.T.tolist())
    bonds = [(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()) for bond in mol.GetBonds()]
    order = _skeleton([atom.GetAtomicNum() for atom in mol.GetAtoms()], bonds).GetSubstructMatch(ours)
    return Chem.RenumberAtoms(mol, list(order)) if order else None


def _skeleton(numbers: Sequence[int], bonds: Iterable[Sequence[int]]) -> RWMol:
    """Atoms with single bonds, which say nothing but who is bonded."""
    from rdkit import Chem

    mol = Chem.RWMol()
    for number in numbers:
        atom = Chem.Atom(number)
        atom.SetNoImplicit(True)
        mol.AddAtom(atom)
    for a, b in {(min(pair), max(pair)) for pair in bonds}:
        mol.AddBond(a, b, Chem.BondType.SINGLE)
    return mol


def _found(data: Data, numbers: Sequence[int], charge: int) -> Mol:
    from rdkit import Chem, rdBase
    from rdkit.Chem import rdDetermineBonds

    mol = _skeleton(numbers, [])
    conformer = Chem.Conformer(len(numbers))
    conformer.SetPositions(data.pos.detach().cpu().double().numpy())
    mol.AddConformer(conformer)
    with rdBase.BlockLogs():
        try:
            rdDetermineBonds.DetermineBonds(mol, charge=charge, embedChiral=False)
            Chem.SanitizeMol(mol)
        except (ValueError, RuntimeError) as error:
            raise ValueError(
                f"no bonds can be found that fit the positions and the charge {charge:+d}; give the molecule as an SD "
                "file or a SMILES, which tell them."
            ) from error
    return mol.GetMol()
