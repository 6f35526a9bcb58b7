import sys

import pytest
from rdkit import Chem

from tests.evaluation.generation.hand_made import data, methane, pair
from torch_molfield.evaluation.generation.protocols import find_protocols


@pytest.fixture
def protocol():
    pytest.importorskip("openbabel")
    return find_protocols(["openbabel"])["openbabel"]


def test_the_remedy_where_it_is_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "openbabel", None)
    monkeypatch.delitem(sys.modules, "openbabel.openbabel", raising=False)
    with pytest.raises(ImportError) as raised:
        find_protocols(["openbabel"])
    assert str(raised.value) == (
        "the bond protocol 'openbabel' needs openbabel-wheel (GPL-2); pip install 'torch_molfield[openbabel]'."
    )


def test_methane(protocol):
    mol, problem = protocol.assign(methane())
    assert problem == ""
    assert mol.GetNumBonds() == 4
    assert mol.GetConformer().GetPositions() == pytest.approx(methane().pos.numpy(), abs=1e-12)


@pytest.mark.parametrize(("distance", "order"), [(1.1, 3.0), (1.5, 1.0)])
def test_nitrogen(protocol, distance, order):
    (bond,) = protocol.assign(pair("N", "N", distance)).mol.GetBonds()
    assert bond.GetBondTypeAsDouble() == order


def test_one_atom(protocol):
    mol = protocol.assign(data("C", [[0, 0, 0]])).mol
    assert Chem.MolToSmiles(mol) in ("C", "[C]")
