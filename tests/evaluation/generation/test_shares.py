import pytest

from torch_molfield.evaluation.generation.shares import Sample, share, shares


def sample(smiles, valid=True, connected=True, stable=3, atoms=3, problem=""):
    return Sample(atoms, {"edm": stable}, valid, connected, smiles if valid else None, problem)


SAMPLES = [
    sample("A"),
    sample("A"),  # a duplicate
    sample("B"),
    sample("C", stable=2),  # valid, not stable
    sample("D", connected=False),
    sample("E", valid=False),
    sample("", valid=False, connected=False, stable=0, problem="no such element"),
    sample("", valid=False, connected=False, stable=0, atoms=9, problem="no such element"),
]


def counts(found):
    return {name: (found[name]["count"], found[name]["of"]) for name in found if name not in OTHERS}


OTHERS = ("count", "stability", "problems")


def test_counted_by_hand():
    found = shares(SAMPLES, ["edm"], {"A", "X"})
    assert found["count"] == 8
    assert found["stability"] == {
        "edm": {"atoms": share(17, 30), "molecules": share(5, 8)},  # E is stable, though not valid
    }
    assert counts(found) == {
        "valid": (5, 8),
        "connected": (5, 8),
        "valid_connected": (4, 8),
        "valid_unique": (4, 8),  # A B C D
        "valid_unique_novel": (3, 8),  # B C D
        "stable_unique": (2, 8),  # A B
        "sun": (1, 8),  # B
        "unique": (4, 5),
        "novel": (3, 4),
        "without_bonds": (2, 8),
    }
    assert found["problems"] == {"no such element": 2}
    assert found["sun"]["share"] == pytest.approx(0.125)


def test_without_references():
    found = shares(SAMPLES, ["edm"], None)
    assert found["novel"] is found["valid_unique_novel"] is found["sun"] is None


def test_nothing_valid():
    found = shares([sample("", valid=False, stable=0)], ["edm"], set())
    assert found["unique"] == {"count": 0, "of": 0, "share": None}


def test_a_molecule_without_atoms_is_not_stable():
    found = shares([sample("", valid=False, stable=0, atoms=0, problem="empty")], ["edm"], None)
    assert found["stability"]["edm"]["molecules"] == share(0, 1)
