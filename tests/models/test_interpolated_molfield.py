import pytest
import torch

from torch_molfield.models import InterpolatedMolField, MolField
from torch_molfield.testing import molecule, random_rotations

FIELD = {"hidden": 16, "depth": 2, "num_frequencies": 16, "width": 16, "vectors": 4, "heads": 2, "trunk_layers": 1}


@pytest.fixture
def model():
    torch.manual_seed(0)
    return InterpolatedMolField(width=16, vectors=4, layers=1, field=FIELD).double().eval()


@pytest.fixture
def given():
    """``(z, knots)`` of a chiral methane."""
    z, pos = molecule("R-CHFClBr")
    steps = 0.1 * torch.randn(5, 4, 3, generator=torch.Generator().manual_seed(1), dtype=pos.dtype)
    return z, pos[:, None] + steps


START, MIDDLE = (torch.tensor([s], dtype=torch.float64) for s in (0.0, 0.5))


def test_at_a_frame_it_is_the_field_of_the_frame(model, given):
    z, knots = given
    points = knots[:, 1] + 0.7
    with torch.no_grad():
        torch.testing.assert_close(model(z, knots, START)(points), model.field(z, knots[:, 1])(points))
        assert (model(z, knots, MIDDLE)(points) - model(z, knots, START)(points)).abs().max() > 1e-3


def test_it_turns_with_the_molecule(model, given):
    z, knots = given
    turn = random_rotations(1, seed=2)[0]
    points = knots[:, 1] + 0.7
    with torch.no_grad():
        values = model(z, knots, MIDDLE)(points)
        turned = model(z, knots @ turn.T + 4.0, MIDDLE)(points @ turn.T + 4.0)
    torch.testing.assert_close(turned, values, atol=1e-10, rtol=0)


def test_it_takes_a_trained_field_and_is_kept(given, tmp_path):
    z, knots = given[0], given[1].float()
    field = MolField(**FIELD, elements=[1, 6, 9, 17, 35]).eval()
    model = InterpolatedMolField.from_field(field, width=16, vectors=4, layers=1).eval()
    again = InterpolatedMolField.from_pretrained(model.save_pretrained(tmp_path / "between"))
    with torch.no_grad():
        assert torch.equal(*[m(z, knots, MIDDLE.float())(knots[:, 1]) for m in (model, again)])


def test_bad_input(model, given):
    z, knots = given
    with pytest.raises(ValueError, match=r"expected \[N, 4, 3\]"):
        model(z, knots[:, :3], MIDDLE)
    with pytest.raises(ValueError, match="give one for each of 1 molecules"):
        model(z, knots, torch.zeros(2, dtype=knots.dtype))
    with pytest.raises(ValueError, match="NaN or infinite"):
        model(z, knots.index_fill(1, torch.tensor(3), torch.nan), MIDDLE)
