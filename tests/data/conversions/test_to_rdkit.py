import pytest
import torch
from rdkit import Chem

from torch_molfield.data import MolFieldData, from_rdkit, from_smiles, to_rdkit


def shuffled(smiles):
    """As read from an SD file with its atoms in another order."""
    data = from_smiles(smiles, optimize=False)
    mol = to_rdkit(data)
    order = torch.randperm(len(data.z), generator=torch.Generator().manual_seed(1)).tolist()
    return from_rdkit(Chem.RenumberAtoms(mol, order))


@pytest.mark.parametrize("smiles", ["CC(=O)[O-]", "C[N+](=O)[O-]", "C[C@H](N)C(=O)O", "c1ccncc1Cl", "[H][H]"])
def test_bonds_and_charges_of_the_smiles_at_the_atoms_of_the_data(smiles):
    data = shuffled(smiles)
    mol = to_rdkit(data)
    assert [atom.GetAtomicNum() for atom in mol.GetAtoms()] == data.z.tolist()
    torch.testing.assert_close(torch.from_numpy(mol.GetConformer().GetPositions()).float(), data.pos)
    assert Chem.MolToSmiles(Chem.RemoveHs(mol)) == Chem.CanonSmiles(smiles)
    pairs = {frozenset((bond.GetBeginAtomIdx(), bond.GetEndAtomIdx())) for bond in mol.GetBonds()}
    assert pairs == {frozenset(pair) for pair in data.edge_index.T.tolist()}


@pytest.mark.parametrize(("smiles", "charge"), [("CC(=O)[O-]", -1), ("NCC#N", 0)])
def test_bonds_from_positions(smiles, charge):
    known = from_smiles(smiles)
    mol = to_rdkit(MolFieldData(z=known.z, pos=known.pos), charge)
    assert Chem.MolToSmiles(Chem.RemoveHs(mol)) == Chem.CanonSmiles(smiles)


def test_no_bonds_that_fit():
    data = MolFieldData(z=torch.tensor([6, 1]), pos=torch.tensor([[0.0, 0, 0], [0, 0, 1.1]]))
    with pytest.raises(ValueError, match="fit the positions and the charge \\+0; give the molecule as an SD file"):
        to_rdkit(data)
