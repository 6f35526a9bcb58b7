from tests.evaluation.generation.hand_made import methane, pair, water
from torch_molfield.evaluation.generation import survey as module
from torch_molfield.evaluation.generation.protocols import find_protocols
from torch_molfield.evaluation.generation.survey import survey, survey_references

(EDM,) = find_protocols(["edm"]).values()


def test_a_molecule_without_bonds_is_a_sample():
    samples, distributions = survey(EDM, [water(), pair("S", "H", 1.3)])
    assert [sample.atoms for sample in samples] == [3, 2]
    assert [sample.stable for sample in samples] == [{"edm": 3}, {"edm": 0}]
    assert samples[0].problem == "" and "not S" in samples[1].problem
    assert distributions.molecules == 1


def test_smiles_of_all_references_and_distributions_of_some(monkeypatch):
    monkeypatch.setattr(module, "COMPARED", 2)
    known = survey_references(EDM, [water(), water(), pair("S", "H", 1.3), methane(), pair("H", "F", 0.9)])
    assert len(known.smiles) == 3
    assert known.distributions.molecules == 1  # the first, and the third, which has no bonds
