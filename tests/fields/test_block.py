import pytest
import torch

from torch_molfield.data import from_smiles
from torch_molfield.fields import BlockField, GaussianField, PropertyField, complex_field


@pytest.fixture(scope="module")
def pair():
    data = from_smiles("CO.CN")
    return data.z, data.pos.double()


def test_every_block_sees_its_own_atoms(pair):
    z, pos = pair
    first = torch.arange(len(z)) < 3
    gaussian, charges = GaussianField(), PropertyField(("pauling",))
    field = BlockField([("a", gaussian, first), ("b", charges, ~first), ("none", charges, torch.zeros_like(first))])
    points = pos + 0.3
    values = field(points, z, pos)
    assert field.channels[0] == "a.H" and field.channels[-2:] == ("b.pauling", "none.pauling")
    torch.testing.assert_close(values[:, :9], gaussian(points, z[first], pos[first]))
    torch.testing.assert_close(values[:, 9:10], charges(points, z[~first], pos[~first]))
    assert not values[:, 10].any()


def test_other_masks_other_text(pair):
    z, _ = pair
    one, two = (repr(complex_field(torch.arange(len(z)) < k)) for k in (2, 3))
    assert one != two and "GaussianField" in one


def test_bad_input(pair):
    z, pos = pair
    with pytest.raises(ValueError, match="mask of shape"):
        complex_field(torch.tensor([True, False]))(pos, z, pos)
    with pytest.raises(ValueError, match="a different name"):
        BlockField([("a", GaussianField(), z > 1), ("a", GaussianField(), z > 1)])
    both = torch.arange(2).repeat_interleave(len(z))
    with pytest.raises(ValueError, match="one molecule"):
        complex_field(both > 0)(pos, z.repeat(2), pos.repeat(2, 1), torch.zeros(len(pos)).long(), both)
