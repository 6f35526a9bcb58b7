import numpy as np
import pytest
import torch

from torch_molfield.calculators.results import taken_apart
from torch_molfield.data.finite import NotFiniteError

SIZES = (2, 1)


def batch(**more):
    rows = {"energy": torch.tensor([-1.0, -2.0]), "forces": torch.arange(9.0).reshape(3, 3)}
    return {**rows, "dipole": torch.tensor([[1.0, 0, 0], [0, 1.0, 0]]), **more}


def test_rows_go_to_their_molecules_by_the_names_of_ase():
    first, second = taken_apart(batch(charges=torch.tensor([0.5, -0.5, 0.0])), SIZES)
    assert first.results["energy"] == first.results["free_energy"] == -1.0
    np.testing.assert_array_equal(first.results["forces"], [[0, 1, 2], [3, 4, 5]])
    np.testing.assert_array_equal(second.results["dipole"], [0, 1, 0])
    assert first.results["charges"].tolist() == [0.5, -0.5] and second.results["charges"].tolist() == [0.0]
    assert first.spread == second.spread == {}


def test_the_spread_of_a_committee_is_no_result():
    spread = {"energy_std": torch.tensor([0.1, 0.2]), "forces_std": torch.tensor([1.0, 2.0, 3.0])}
    _, second = taken_apart(batch(**spread), SIZES)
    assert second.spread["energy_std"] == pytest.approx(0.2) and second.spread["forces_std"].tolist() == [3.0]
    assert set(second.results) == {"energy", "free_energy", "forces", "dipole"}


def test_what_is_not_finite_is_refused():
    with pytest.raises(NotFiniteError, match="forces"):
        taken_apart(batch(forces=torch.full((3, 3), torch.nan)), SIZES)


def test_models_of_different_levels_of_theory_are_refused():
    with pytest.raises(ValueError, match="differ by 3 eV per atom; they were trained on different levels of theory"):
        taken_apart(batch(energy_std=torch.tensor([6.0, 0.0])), SIZES)
