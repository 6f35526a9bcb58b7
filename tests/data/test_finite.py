import pytest
import torch

from torch_molfield.data.finite import NotFiniteError, check_finite, not_finite

BATCH = torch.tensor([0, 0, 1, 1, 1])
GOOD = {"energy": torch.zeros(2), "forces": torch.zeros(5, 3)}


def test_finite_values_pass():
    assert not_finite(GOOD, BATCH) == {}
    check_finite(GOOD, BATCH)
    check_finite({"tokens": torch.zeros(0, 4)}, BATCH)


@pytest.mark.parametrize("value", [torch.nan, torch.inf, -torch.inf])
def test_molecules_are_named(value):
    forces = torch.zeros(5, 3)
    forces[3, 1] = value
    energy = torch.tensor([0.0, value])
    found = not_finite({"energy": energy, "forces": forces}, BATCH)
    assert list(found) == [1] and found[1].startswith("the model gives no finite energy, forces. Its geometry")
    with pytest.raises(NotFiniteError, match="molecule 1 of the batch: the model gives no finite energy, forces"):
        check_finite({"energy": energy, "forces": forces}, BATCH)


def test_a_molecule_alone_has_no_number():
    with pytest.raises(ValueError, match="^the model gives no finite mu"):
        check_finite({"mu": torch.tensor([torch.nan])}, torch.zeros(3, dtype=torch.long))
