import sys

import pytest
import torch

from tests.evaluation.generation.hand_made import data, fluorine_between, methane, pair, water
from torch_molfield.embedding import xtb
from torch_molfield.evaluation.generation import Missing, evaluate_molecules
from torch_molfield.evaluation.generation.relaxation import RELAXERS, mean_and_median, relax_molecules


def stretched():
    """Methane with bonds of 1.2 Å, which EDM's tables do not take for bonds."""
    molecule = methane()
    molecule.pos *= 1.2 / 1.09
    return molecule


@pytest.mark.parametrize("name", ["gfn2", "mmff"])
def test_a_stretched_molecule_becomes_stable(name):
    if name == "gfn2":
        pytest.importorskip("tblite")
    scores = evaluate_molecules([stretched()], protocols=["edm"], relaxation=name)
    assert scores.row("edm")["stability"]["edm"]["molecules"]["count"] == 0
    after = scores.row("edm", name)
    assert after["stability"]["edm"]["molecules"]["count"] == 1
    assert after["same_smiles"] == {"count": 0, "of": 1, "share": 0.0}  # it was in pieces
    facts = scores.facts["relaxation"]
    assert facts["relaxed"]["count"] == 1
    assert 5 < facts["released_kcal_per_mol"]["mean"] < 60
    assert 0.05 < facts["rmsd_angstrom"]["median"] < 0.15


def test_an_odd_number_of_electrons():
    pytest.importorskip("tblite")
    relaxed = RELAXERS.get("gfn2")().relax(pair("O", "H", 1.1))
    assert (relaxed.pos[1] - relaxed.pos[0]).norm() == pytest.approx(0.97, abs=0.03)


def test_what_cannot_be_relaxed_counts_as_nothing():
    molecules = [water(), fluorine_between(), pair("C", "O", float("nan")), Missing(7, "unread")]
    relaxed, facts = relax_molecules("mmff", molecules)
    assert [isinstance(each, Missing) for each in relaxed] == [False, True, True, True]
    assert [each.num_atoms for each in relaxed[1:]] == [3, 2, 7]
    assert facts["relaxed"] == {"count": 1, "of": 4, "share": 0.25}
    assert len(facts["problems"]) == 3
    assert torch.equal(relaxed[0].z, water().z)


def test_nothing_relaxed():
    _, facts = relax_molecules("mmff", [Missing(7, "unread")])
    assert facts["released_kcal_per_mol"] is None and facts["rmsd_angstrom"] is None


def test_elements_that_mmff_does_not_know():
    _, facts = relax_molecules("mmff", [data("BHHH", [[0, 0, 0], [1.19, 0, 0], [-0.6, 1.03, 0], [-0.6, -1.03, 0]])])
    assert list(facts["problems"]) == ["MMFF94 has no parameters for it."]


def test_the_remedy_where_tblite_is_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "tblite", None)
    monkeypatch.delitem(sys.modules, "tblite.ase", raising=False)
    xtb._xtb_class.cache_clear()
    with pytest.raises(ImportError, match="needs the package tblite, which pip installs on Linux"):
        evaluate_molecules([water()], relaxation="gfn2")
    with pytest.raises(ValueError, match="relaxation 'uff' is unknown; choose one of gfn2, mmff"):
        evaluate_molecules([water()], relaxation="uff")


def test_mean_and_median():
    assert mean_and_median([1.0, 2.0, 6.0]) == {"mean": 3.0, "median": 2.0}
    assert mean_and_median([]) is None
