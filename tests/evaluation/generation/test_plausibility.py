import sys

import pytest

from tests.evaluation.generation.hand_made import both, fluorine_between, methane, water
from torch_molfield.evaluation.generation import evaluate_molecules


def test_shares_of_all_samples():
    pytest.importorskip("posebusters")
    samples = [methane(), both(methane(), water(6.0)), fluorine_between()]
    found = evaluate_molecules(samples, protocols=["edm"], measures=["posebusters"]).row("edm")["posebusters"]
    assert found["passed"] == {"count": 1, "of": 3, "share": pytest.approx(1 / 3)}
    assert found["checks"]["all_atoms_connected"]["count"] == 1
    assert found["checks"]["bond_lengths"]["count"] == 2
    nothing = evaluate_molecules([fluorine_between()], protocols=["edm"], measures=["posebusters"]).row("edm")
    assert nothing["posebusters"]["passed"]["count"] == 0


def test_the_remedy_where_it_is_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "posebusters", None)
    with pytest.raises(
        ImportError, match=r"needs the package posebusters; pip install 'torch_molfield\[posebusters\]'"
    ):
        evaluate_molecules([water()], measures=["posebusters"])
