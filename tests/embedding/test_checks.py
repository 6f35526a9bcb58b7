import pytest
from rdkit import Chem
from rdkit.Chem import rdDistGeom

from torch_molfield.embedding.checks import beyond_four, bond_lengths, torn_or_overlapping, wrong_length


def embedded(smiles: str) -> Chem.Mol:
    mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
    assert rdDistGeom.EmbedMolecule(mol, randomSeed=1) == 0
    return mol


@pytest.mark.parametrize(
    ("smiles", "symbols"),
    [
        ("FP(F)(F)(F)F", ["P"]), ("F[P-](F)(F)(F)(F)F", ["P"]), ("FS(F)(F)F", ["S"]), ("CS(F)(F)(F)(F)F", ["S"]),
        ("F[Xe]F", ["Xe"]), ("Cl[Si-2](Cl)(Cl)(Cl)(Cl)Cl", ["Si"]), ("FP(F)F", []), ("OS(=O)(=O)O", []),
        ("CS(C)=O", []), ("OP(=O)(O)O", []), ("OCl(=O)(=O)=O", []), ("c1ccccc1", []), ("C[Si](C)(C)C", []), ("Br", []),
        ("Cl[Fe](Cl)(Cl)(Cl)(Cl)Cl", []),
    ],
)  # fmt: skip
def test_beyond_four(smiles, symbols):
    mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
    assert [mol.GetAtomWithIdx(k).GetSymbol() for k in beyond_four(mol)] == symbols


@pytest.mark.parametrize("smiles", ["CCO", "C12C3C4C1C5C2C3C45", "C1C2CC12", "O", "C.C", "C1CC1", "[SiH4]", "CI"])
def test_right_geometries_pass(smiles):
    assert torn_or_overlapping(embedded(smiles)) == ""


def test_overlap_and_torn_bonds():
    mol = embedded("CCO")
    positions = mol.GetConformer().GetPositions()
    moved = positions.copy()
    moved[0] += 0.8 * (positions[2] - positions[0])  # the first carbon onto the oxygen
    mol.GetConformer().SetPositions(moved)
    assert "Å" in torn_or_overlapping(mol)
    moved = positions.copy()
    moved[3] = positions[0] + 2.0 * (positions[3] - positions[0])
    mol.GetConformer().SetPositions(moved)
    assert torn_or_overlapping(mol).startswith("C–H would be 2.")


def test_wrong_length():
    mol = embedded("CC")
    length = bond_lengths(mol)[0, 1]
    assert wrong_length(mol, {(0, 1): length * 1.05}, 0.1) == ""
    assert wrong_length(mol, {(0, 1): length * 1.2}, 0.1) == f"C–C would be {length:.2f} Å"
