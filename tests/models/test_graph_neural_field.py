import pytest
import torch

from torch_molfield.models import GraphNeuralField
from torch_molfield.testing import molecule, random_rotations
from torch_molfield.testing.molecules import MOLECULES

NETWORK = {"latent": 16, "hidden": 32, "depth": 2, "lattice": 8, "omega": 3.0, "spectrum": "gaussian"}
SMALL = {"hidden": 8, "depth": 2, "width": 16, "vectors": 2, "heads": 2, "num_frequencies": 8, "token_layers": 1}


@pytest.fixture(scope="module")
def model() -> GraphNeuralField:
    torch.manual_seed(0)
    made = GraphNeuralField(channels=("H", "C"), half_width=6.0, network=NETWORK, field=SMALL).double().eval()
    with torch.no_grad():
        made.inr.network.lattice.table.normal_()
    return made


@torch.no_grad()
@pytest.mark.parametrize("name", [name for name in MOLECULES if name != "C60"])
def test_codes_are_invariant_and_fields_turn_with_the_molecule(model, name):
    z, pos = molecule(name)
    turn, shift = random_rotations(1, seed=1)[0], torch.tensor([3.0, -1.0, 2.0]).double()
    moved, points = pos @ turn.T + shift, torch.randn(20, 3).double()
    torch.testing.assert_close(model.encode(z, moved), model.encode(z, pos), atol=1e-6, rtol=0)
    values = model(z, pos)(points)
    torch.testing.assert_close(model(z, moved)(points @ turn.T + shift), values, atol=1e-6, rtol=0)
    assert float(values.std()) > 1e-3


@torch.no_grad()
def test_a_batch_is_its_molecules(model):
    (z, pos), (other_z, other_pos) = molecule("CH4"), molecule("CO2")
    batch = torch.tensor([0] * len(z) + [1] * len(other_z))
    together = model.encode(torch.cat([z, other_z]), torch.cat([pos, other_pos]), batch)
    torch.testing.assert_close(together, torch.cat([model.encode(z, pos), model.encode(other_z, other_pos)]))


def test_an_unknown_setting_of_the_field_is_named():
    with pytest.raises((ValueError, TypeError), match="wide"):
        GraphNeuralField(channels=("H",), field={"wide": 8})
