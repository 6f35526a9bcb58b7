import pytest

from tests.evaluation.generation.hand_made import both, methane, methyl, water
from torch_molfield.evaluation.generation import evaluate_molecules


def strain(*molecules):
    return evaluate_molecules(molecules, protocols=["edm"], measures=["strain"]).row("edm")["strain"]


def test_a_compressed_molecule_has_strain():
    squeezed = water(length=0.9)
    found = strain(squeezed, squeezed)
    assert found["measured"] == {"count": 2, "of": 2, "share": 1.0}
    assert found["kcal_per_mol_per_atom"]["mean"] > 1
    assert strain(water(length=0.969, angle=103.98))["kcal_per_mol_per_atom"]["mean"] == pytest.approx(0, abs=0.01)


def test_of_stable_valid_and_connected_molecules_only():
    found = strain(methyl(), both(water(), methane(5.0)))
    assert found == {"measured": {"count": 0, "of": 0, "share": None}, "kcal_per_mol_per_atom": None}
