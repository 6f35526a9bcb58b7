import pytest
import torch

from torch_molfield.models import MolField, MovingMolField
from torch_molfield.testing import molecule, random_rotations

FIELD = {"hidden": 16, "depth": 2, "num_frequencies": 16, "width": 16, "vectors": 4, "heads": 2, "trunk_layers": 1}


@pytest.fixture
def model():
    torch.manual_seed(0)
    return MovingMolField(width=16, vectors=4, layers=1, field=FIELD).double().eval()


@pytest.fixture
def given():
    """``(z, pos, velocity)`` of a chiral methane."""
    z, pos = molecule("R-CHFClBr")
    return z, pos, 0.02 * torch.randn(pos.shape, generator=torch.Generator().manual_seed(1), dtype=pos.dtype)


NOW, LATER = (torch.tensor([t], dtype=torch.float64) for t in (0.0, 25.0))


def test_now_it_is_the_field_of_the_first_frame_and_later_another(model, given):
    z, pos, velocity = given
    points = pos + 0.7
    with torch.no_grad():
        values = model(z, pos, velocity, NOW)(points)
        assert torch.equal(values, model.field(z, pos)(points))
        assert (model(z, pos, velocity, LATER)(points) - values).abs().max() > 1e-3


def test_it_turns_with_the_molecule(model, given):
    z, pos, velocity = given
    turn = random_rotations(1, seed=2)[0]
    points = pos + 0.7
    with torch.no_grad():
        values = model(z, pos, velocity, LATER)(points)
        turned = model(z, pos @ turn.T + 4.0, velocity @ turn.T, LATER)(points @ turn.T + 4.0)
    torch.testing.assert_close(turned, values, atol=1e-10, rtol=0)


def test_it_takes_a_trained_field_and_is_kept(given, tmp_path):
    z, pos, velocity = (given[0], given[1].float(), given[2].float())
    field = MolField(**FIELD, elements=[1, 6, 9, 17, 35]).eval()
    model = MovingMolField.from_field(field, width=16, vectors=4, layers=1).eval()
    again = MovingMolField.from_pretrained(model.save_pretrained(tmp_path / "moving"))
    with torch.no_grad():
        values = [m(z, pos, velocity, LATER.float())(pos) for m in (model, again)]
        assert torch.equal(*values)
        assert torch.equal(model.field(z, pos)(pos), field(z, pos)(pos))


def test_bad_input(model, given):
    z, pos, velocity = given
    with pytest.raises(ValueError, match="velocity has shape"):
        model(z, pos, velocity[:2], LATER)
    with pytest.raises(ValueError, match="one time for each of 1 molecules"):
        model(z, pos, velocity, torch.zeros(3, dtype=pos.dtype))
    with pytest.raises(ValueError, match="settings of the field: unknown configuration key 'widht'"):
        MovingMolField(field={"widht": 3})
