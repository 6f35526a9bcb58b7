import pytest
import torch

from torch_molfield.fields.channels import Channels, per_atom, positive


def test_others_is_its_own_channel():
    channels = Channels()
    assert channels.names == ("H", "C", "N", "O", "F", "P", "S", "Cl", "others")
    member = channels.membership(torch.tensor([9, 35, 26, 1]), torch.float64)
    assert member.argmax(1).tolist() == [4, 8, 8, 0]
    assert member.sum(1).tolist() == [1, 1, 1, 1]


def test_groups_may_overlap():
    channels = Channels({"polar": ("N", "O", 16), "heavy": ("C", "N", "O", "S"), "all": ()})
    member = channels.membership(torch.tensor([6, 7, 16, 1]), torch.float32)
    assert member.tolist() == [[0, 1, 1], [1, 1, 1], [1, 1, 1], [0, 0, 1]]
    assert channels.groups == {"polar": ("N", "O", 16), "heavy": ("C", "N", "O", "S"), "all": ()}


def test_an_element_without_a_channel_is_an_error_unless_ignored():
    with pytest.raises(ValueError, match="do not cover H, Fe"):
        Channels(("C", "O")).membership(torch.tensor([1, 6, 26]), torch.float32)
    assert Channels(("C",), ignore=("H",)).membership(torch.tensor([1, 6]), torch.float32).tolist() == [[0], [1]]


@pytest.mark.parametrize("spec", ["C", (), ("C", "Xx"), ("C", "C")])
def test_bad_specifications(spec):
    with pytest.raises(ValueError, match=r"channels|not an element"):
        Channels(spec)


def test_helpers():
    pos = torch.zeros(2, 3, dtype=torch.float64)
    assert per_atom("q", torch.tensor([1.0, 2.0]), pos).dtype == torch.float64
    with pytest.raises(ValueError, match=r"q must have shape \[2\]"):
        per_atom("q", torch.zeros(3), pos)
    with pytest.raises(ValueError, match="q contains NaN"):
        per_atom("q", torch.tensor([1.0, float("nan")]), pos)
    with pytest.raises(ValueError, match="beta must be a positive finite number of Å"):
        positive("beta", -1.0, "Å")
