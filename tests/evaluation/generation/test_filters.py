import torch

from torch_molfield.data import MolFieldData, from_smiles
from torch_molfield.evaluation.generation.filters import keep_records, known_smiles
from torch_molfield.evaluation.generation.protocols import find_protocols
from torch_molfield.evaluation.generation.records import make_record

(RULE,) = find_protocols(["rdkit"]).values()


def records():
    broken = MolFieldData(z=torch.tensor([6, 6]), pos=torch.tensor([[0.0, 0, 0], [9.0, 0, 0]]))
    given = [from_smiles("CO"), broken, from_smiles("CCO"), from_smiles("OC"), from_smiles("C=O")]
    return [make_record(molecule, RULE, {}) for molecule in given]


def kept(**filters):
    return [record.smiles for record in keep_records(records(), **filters)]


def test_without_filters_all_are_kept():
    assert kept() == ["CO", None, "CCO", "CO", "C=O"]


def test_each_filter():
    assert kept(check=True) == ["CO", "CCO", "CO", "C=O"]
    assert kept(unique=True) == ["CO", "CCO", "C=O"]
    assert kept(known={"CCO"}) == ["CO", "CO", "C=O"]
    assert kept(check=True, unique=True, known={"C=O", "CO"}) == ["CCO"]


def test_known_smiles_are_of_the_set_or_of_the_bonds():
    plain = from_smiles("C[C@H](O)F")
    bare = MolFieldData(z=plain.z, pos=plain.pos)
    assert "smiles" in plain
    assert known_smiles([plain], RULE) == known_smiles([bare], RULE) == {"CC(O)F"}
    assert known_smiles([MolFieldData(z=plain.z, pos=plain.pos, smiles="no molecule")], RULE) == {"CC(O)F"}
