import pytest
from rdkit import Chem
from rdkit.Chem import AllChem

from torch_molfield.data.io.mol2 import mol2_block
from torch_molfield.data.io.sybyl import sybyl_type


def embedded(smiles):
    mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
    AllChem.Compute2DCoords(mol)
    return mol


@pytest.mark.parametrize(
    ("smiles", "types"),
    [
        ("CC(=O)[O-]", "C.3 C.2 O.co2 O.co2"),
        ("CC(=O)NC", "C.3 C.2 O.2 N.am C.3"),
        ("NC(=[NH2+])N", "N.pl3 C.cat N.pl3 N.pl3"),
        ("C[NH3+]", "C.3 N.4"),
        ("Nc1ccncc1", "N.pl3 C.ar C.ar C.ar N.ar C.ar C.ar"),
        ("CS(=O)(=O)C", "C.3 S.O2 O.2 O.2 C.3"),
        ("CS(=O)C", "C.3 S.O O.2 C.3"),
        ("CC(=S)OCl", "C.3 C.2 S.2 O.3 Cl"),
        ("C[N+](=O)[O-]", "C.3 N.pl3 O.2 O.2"),
        ("CP(=O)([O-])OBr", "C.3 P.3 O.co2 O.co2 O.3 Br"),
        ("CC#N", "C.3 C.1 N.1"),
    ],
)
def test_types_of_atoms(smiles, types):
    assert " ".join(sybyl_type(atom) for atom in Chem.MolFromSmiles(smiles).GetAtoms()) == types


@pytest.mark.parametrize("smiles", ["CC(=O)Nc1ccc(O)cc1", "CC(=O)[O-]", "NCC#N", "c1ccsc1"])
def test_another_reader_finds_molecule_and_charges(smiles):
    mol = embedded(smiles)
    charges = [0.1 * k for k in range(mol.GetNumAtoms())]
    again = Chem.MolFromMol2Block(mol2_block(mol, " some  name\n", charges), removeHs=False)
    assert Chem.MolToSmiles(Chem.RemoveHs(again)) == Chem.CanonSmiles(smiles)
    assert again.GetProp("_Name") == "some name"
    found = [float(atom.GetProp("_TriposPartialCharge")) for atom in again.GetAtoms()]
    assert found == pytest.approx(charges, abs=1e-6)
