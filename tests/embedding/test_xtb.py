import os

import pytest
from ase.build import molecule

from torch_molfield.embedding import xtb

pytest.importorskip("tblite")


class OpenMP:
    """Stands for the library; remembers how many threads there were at each change."""

    def __init__(self):
        self.threads, self.seen = 7, []

    def omp_get_max_threads(self):
        return self.threads

    def omp_set_num_threads(self, count):
        self.threads = count
        self.seen.append(count)


@pytest.fixture
def openmp(monkeypatch):
    library = OpenMP()
    monkeypatch.setattr(xtb, "_loaded_openmp", lambda: library)
    return library


def test_one_thread_while_it_computes(openmp, monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert xtb.make_xtb().get_potential_energy(molecule("H2")) < 0
    assert openmp.seen == [1, 7]
    with pytest.raises(Exception, match="Too close"):
        xtb.make_xtb().get_potential_energy(molecule("H2", positions=[[0, 0, 0], [0, 0, 0]]))
    assert openmp.threads == 7


def test_the_number_that_was_asked_for(openmp, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    xtb.make_xtb().get_potential_energy(molecule("H2"))
    assert openmp.seen == []


def test_the_environment_is_as_before(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    with xtb._one_thread_at_import():
        assert os.environ["OMP_NUM_THREADS"] == "1"
    assert "OMP_NUM_THREADS" not in os.environ


def test_charge_and_multiplicity():
    atoms = molecule("OH")
    assert xtb.make_xtb(-1, 1).get_potential_energy(atoms) < xtb.make_xtb(0, 2).get_potential_energy(atoms)
