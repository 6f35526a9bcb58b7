import pytest
import torch

from torch_molfield.calculators.physics import check_distances, committee_forces, neutral_forces
from torch_molfield.calculators.results import taken_apart
from torch_molfield.models import EnergyMolField
from torch_molfield.nn.heads.energy_model import arrange
from torch_molfield.testing import molecule


def model(seed, charges=False):
    torch.manual_seed(seed)
    made = EnergyMolField(width=8, vectors=4, radial=4, sources=4, charges=charges).double().eval()
    torch.nn.init.normal_(made.head[-1].weight, std=0.3)
    return made


def arguments():
    z, pos = molecule("CH4")
    return z, pos, torch.zeros(len(z), dtype=torch.long), torch.zeros(1)


def arranged():
    z, pos, batch, charge = arguments()
    return arrange(z, batch), pos, charge


def test_a_committee_tells_means_and_deviations():
    models = [model(0), model(1), model(2)]
    found = committee_forces(models, *arranged())
    each = [one.forces(*arguments()) for one in models]
    for name in ("energy", "forces"):
        rows = torch.stack([one[name] for one in each])
        torch.testing.assert_close(found[name], rows.mean(0))
        torch.testing.assert_close(found[f"{name}_std"], rows.std(0))
    assert found["energy_std"] > 0


def test_one_model_has_no_deviation():
    found = committee_forces([model(0)], *arranged())
    assert "energy_std" not in found
    torch.testing.assert_close(found["forces"], model(0).forces(*arguments())["forces"])


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_committee_tells_what_all_of_its_models_tell(order):
    models = [model(0, charges=True), model(1)]
    found = committee_forces([models[k] for k in order], *arranged())
    assert set(found) == {"energy", "forces", "energy_std", "forces_std"}


def test_two_atoms_too_close_are_named():
    pos, batch = torch.tensor([[0.0, 0, 0], [9, 0, 0], [5, 0, 0], [5, 0, 0.2]]), torch.tensor([0, 0, 1, 1])
    with pytest.raises(ValueError, match=r"atoms 0 and 1 of molecule 1 are 0\.20 Å apart"):
        check_distances(pos, batch)
    check_distances(pos, torch.tensor([0, 0, 1, 2]))


def test_what_is_not_finite_is_refused():
    odd, (z, pos) = model(0), molecule("CH4")
    torch.nn.init.constant_(odd.head[-1].bias, torch.nan)
    with pytest.raises(ValueError, match="no finite energy"):
        neutral_forces(odd, z, pos, torch.zeros_like(z))
    found = {"energy": torch.zeros(2), "forces": torch.zeros(3, 3)}
    found["forces"][2, 0] = torch.inf
    with pytest.raises(ValueError, match="molecule 1 of the batch: the model gives no finite forces"):
        taken_apart(found, [2, 1])
