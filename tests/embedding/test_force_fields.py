import pytest
from rdkit import Chem
from rdkit.Chem import rdDistGeom, rdForceFieldHelpers

from torch_molfield.embedding.checks import bond_lengths
from torch_molfield.embedding.force_fields import relax_mmff, relax_uff


def embedded(smiles: str) -> Chem.Mol:
    mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
    assert rdDistGeom.EmbedMolecule(mol, randomSeed=1) == 0
    return mol


@pytest.mark.parametrize(
    "smiles",
    ["CCO", "CC(=O)N", "c1ccccc1[N+](=O)[O-]", "CN=[N+]=[N-]", "CS(=O)(=O)C", "COP(=O)(OC)OC", "C[Si](C)(C)C#C", "NF",
     "ClCl", "CN=C=O", "CC#N", "OO", "CSSC", "Br[Si](Br)(Br)Br", "CC(=O)[O-]", "C1CC1", "C12C3C4C1C5C2C3C45"],
)  # fmt: skip
def test_mmff_is_trusted_with_what_it_knows(smiles):
    assert relax_mmff(embedded(smiles)) == ""


@pytest.mark.parametrize("smiles", ["O=C=O", "N#N", "S=C=S", "O=S=O", "N#CC#N", "C=C=C=C", "ClC#C", "CN=C=S", "[N]=O"])
def test_mmff_is_not_trusted_with_bonds_that_it_guesses(smiles):
    assert relax_mmff(embedded(smiles)).startswith("MMFF94 does not know the bond of")


def test_no_parameters():
    assert relax_mmff(embedded("OB(O)O")) == "MMFF94 has no parameters for it"
    assert relax_uff(embedded("FS(F)(F)F")) == "UFF has no parameters for it"


def test_uff_holds_bonds_at_typical_lengths():
    mol = embedded("OB(O)c1ccccc1")
    assert relax_uff(mol) == ""
    lengths = bond_lengths(mol)
    assert [lengths[0, 1], lengths[1, 2], lengths[1, 3]] == pytest.approx([1.365, 1.365, 1.565], abs=0.02)


def test_convergence_is_asked_for(monkeypatch):
    monkeypatch.setattr(rdForceFieldHelpers, "MMFFOptimizeMolecule", lambda *_, **__: 1)
    assert relax_mmff(embedded("CCO")) == "MMFF94 does not converge"
