import sys

import pytest
from rdkit import Chem
from rdkit.Chem import rdDistGeom

from torch_molfield.embedding import semiempirical, xtb
from torch_molfield.embedding.checks import bond_lengths


def embedded(smiles: str) -> Chem.Mol:
    mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
    assert rdDistGeom.EmbedMolecule(mol, randomSeed=1) == 0
    return mol


@pytest.mark.parametrize(("smiles", "length"), [("[OH]", 0.97), ("[OH-]", 0.96), ("FS(F)(F)F", 1.61)])
def test_charge_and_spin_are_those_of_the_graph(smiles, length):
    pytest.importorskip("tblite")
    mol = embedded(smiles)
    assert semiempirical.relax_xtb(mol) == ""
    assert min(bond_lengths(mol).values()) == pytest.approx(length, abs=0.02)


def test_the_remedy_where_it_is_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "tblite", None)
    monkeypatch.delitem(sys.modules, "tblite.ase", raising=False)
    xtb._xtb_class.cache_clear()
    assert "install tblite for GFN2-xTB" in semiempirical.relax_xtb(embedded("O"))


def test_what_flies_apart_is_refused():
    pytest.importorskip("tblite")
    assert "would be" in semiempirical.relax_xtb(embedded("F[Xe]F"))
