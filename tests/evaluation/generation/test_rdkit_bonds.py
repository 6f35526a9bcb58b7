import pytest
from rdkit import Chem
from rdkit.Chem import rdDistGeom

from tests.evaluation.generation.hand_made import both, data, methane, water
from torch_molfield.data import from_rdkit
from torch_molfield.evaluation.generation.protocols import find_protocols

(PROTOCOL,) = find_protocols(["rdkit"]).values()


def embedded(smiles):
    mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
    assert rdDistGeom.EmbedMolecule(mol, randomSeed=1) == 0
    return from_rdkit(mol)


@pytest.mark.parametrize("smiles", ["C=O", "C#N", "c1ccccc1", "C[N+](=O)[O-]", "OCC(F)Cl"])
def test_bonds_and_charges(smiles):
    mol, problem = PROTOCOL.assign(embedded(smiles))
    assert problem == ""
    assert {bond.GetBondTypeAsDouble() for bond in mol.GetBonds()} <= {1.0, 2.0, 3.0}
    Chem.SanitizeMol(mol)
    assert Chem.MolToSmiles(Chem.RemoveHs(mol)) == Chem.CanonSmiles(smiles)


def test_an_ion_is_refused():
    ammonium = methane()
    ammonium.z[0] = 7
    mol, problem = PROTOCOL.assign(ammonium)
    assert mol is None
    assert problem == "RDKit finds no bonds of a neutral molecule: the charges do not add up to 0"


def test_fragments_and_one_atom():
    assert PROTOCOL.assign(both(methane(), water(10.0))).mol.GetNumBonds() == 6
    assert PROTOCOL.assign(data("O", [[0, 0, 0]])).mol.GetNumBonds() == 0
