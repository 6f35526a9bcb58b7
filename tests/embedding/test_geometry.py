import pytest
from rdkit import Chem

from torch_molfield.embedding import geometry, semiempirical
from torch_molfield.embedding.checks import bond_lengths
from torch_molfield.embedding.geometry import make_conformer


def graph(smiles: str) -> Chem.Mol:
    return Chem.AddHs(Chem.MolFromSmiles(smiles))


def test_the_first_method_that_can(monkeypatch):
    tried = []
    for name in ("relax_mmff", "relax_uff", "relax_xtb"):
        monkeypatch.setattr(
            geometry, name, lambda mol, name=name: tried.append(name) or "" if name == "relax_xtb" else name
        )
    assert make_conformer(graph("CCO"), 0, True, 60) == ""
    assert tried == ["relax_xtb"]


def test_what_failed_before_is_undone():
    mol = graph("CCO")
    make_conformer(mol, 0, False, 60)
    before = mol.GetConformer().GetPositions()

    def spoil(mol: Chem.Mol) -> str:
        mol.GetConformer().SetPositions(before + 1.0)
        return "spoiled"

    assert geometry._attempt(spoil, mol) == "spoiled"
    assert mol.GetConformer().GetPositions().tolist() == before.tolist()


@pytest.mark.parametrize("smiles", ["FS(F)(F)(F)(F)F", "FP(F)(F)(F)F", "FS(F)(F)F", "C.FP(F)(F)(F)F"])
def test_the_remedy_without_xtb(monkeypatch, smiles):
    monkeypatch.setattr(semiempirical, "make_xtb", missing)
    problem = make_conformer(graph(smiles), 0, True, 60)
    assert "with more than four bonds and lone pairs: install tblite for GFN2-xTB" in problem


def test_fragments_are_relaxed_each_by_its_own_method():
    mol = graph("CCO.O=C=O")
    assert make_conformer(mol, 0, True, 60) == ""
    lengths = bond_lengths(mol)
    assert [lengths[0, 1], lengths[1, 2], lengths[3, 4]] == pytest.approx([1.515, 1.420, 1.163], abs=0.01)


def missing(charge, multiplicity):
    raise ImportError("tblite")
