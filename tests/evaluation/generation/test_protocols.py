import pytest
import torch
from torch_geometric.data import Data

from tests.evaluation.generation.hand_made import pair, water
from torch_molfield.evaluation.generation.protocols import PROTOCOLS, BondProtocol, atoms_only, find_protocols

(EDM,) = find_protocols(["edm"]).values()


@pytest.mark.parametrize(
    ("molecule", "sentence"),
    [
        (pair("C", "O", float("nan")), "has NaN or infinite coordinates"),
        (pair("C", "O", 0.0), "has two atoms at one place"),
        (Data(z=torch.tensor([0]), pos=torch.zeros(1, 3)), "has an atomic number outside 1..118"),
        (Data(z=torch.zeros(0, dtype=torch.long), pos=torch.zeros(0, 3)), "needs at least one atom"),
        (Data(z=torch.tensor([6])), "pos is missing"),
        (Data(pos=torch.zeros(1, 3)), "z is missing"),
    ],
)
def test_what_is_wrong_with_a_molecule_is_its_problem(molecule, sentence):
    mol, problem = EDM.assign(molecule)
    assert mol is None
    assert sentence in problem
    assert "batch" not in problem


def test_no_protocol_and_an_unknown_one():
    with pytest.raises(ValueError, match="protocols is empty; give at least one of edm, rdkit, openbabel"):
        find_protocols([])
    with pytest.raises(ValueError, match="bond protocol 'xyz2mol' is unknown; choose one of edm, rdkit, openbabel"):
        find_protocols(["xyz2mol"])


def test_a_protocol_of_ones_own(monkeypatch):
    monkeypatch.setattr(PROTOCOLS, "_classes", {})

    @PROTOCOLS.register("none")
    class NoBonds(BondProtocol):
        rules = ("edm",)

        def bonds(self, z, pos):
            return atoms_only(z, pos)

    mol, _ = find_protocols(["none"])["none"].assign(water())
    assert (mol.GetNumAtoms(), mol.GetNumBonds()) == (3, 0)
