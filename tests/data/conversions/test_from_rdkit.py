import pytest
import torch
from rdkit import Chem
from rdkit.Chem import rdDepictor, rdDistGeom

from torch_molfield.data import from_rdkit


def ethanol(conformers: int = 3) -> Chem.Mol:
    mol = Chem.AddHs(Chem.MolFromSmiles("CCO"))
    rdDistGeom.EmbedMultipleConfs(mol, conformers, randomSeed=7)
    return mol


@pytest.mark.parametrize("conformer", [0, 2])
def test_the_conformer_asked_for(conformer):
    mol = ethanol()
    data = from_rdkit(mol, conformer, torch.float64)
    assert data.z.tolist() == [6, 6, 8, 1, 1, 1, 1, 1, 1]
    assert torch.equal(data.pos, torch.from_numpy(mol.GetConformer(conformer).GetPositions()))
    assert data.smiles == "CCO"
    lengths = (data.pos[data.edge_index[0]] - data.pos[data.edge_index[1]]).norm(dim=1)
    assert data.edge_index.shape == (2, 16)
    assert data.edge_index[:, data.edge_index[0] == 0].tolist() == [[0, 0, 0, 0], [1, 3, 4, 5]]
    assert 0.9 < lengths.min() < lengths.max() < 1.7


def test_no_bonds_is_an_empty_table():
    mol = Chem.MolFromSmiles("[He]")
    rdDistGeom.EmbedMolecule(mol)
    assert from_rdkit(mol).edge_index.shape == (2, 0)


def test_mol_that_rdkit_could_not_read():
    with pytest.raises(ValueError, match="mol is None"):
        from_rdkit(None)


def test_a_graph_without_coordinates():
    with pytest.raises(ValueError, match=r"no conformer.*from_smiles"):
        from_rdkit(Chem.MolFromSmiles("CCO"))


def test_conformer_that_is_not_there():
    with pytest.raises(ValueError, match=r"no conformer 5; it has \[0, 1, 2\]"):
        from_rdkit(ethanol(), 5)


def test_a_flat_drawing():
    mol = Chem.MolFromSmiles("CCO")
    rdDepictor.Compute2DCoords(mol)
    with pytest.raises(ValueError, match="2-D drawing"):
        from_rdkit(mol)
