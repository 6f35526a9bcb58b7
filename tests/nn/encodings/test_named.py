import pytest
import torch

from torch_molfield.nn import AtomTrunk, RegularizedPositionalEncoding, swap_radial_basis
from torch_molfield.nn.encodings.named import encoding_settings, named_encodings, put_encodings


def test_names_are_those_of_modules():
    model = torch.nn.ModuleDict({"a": swap_radial_basis(AtomTrunk(8, 2, 1)), "b": torch.nn.Linear(1, 1)})
    assert list(named_encodings(model)) == ["a.distance_expansion"]


def test_one_in_two_places_counts_once():
    shared = RegularizedPositionalEncoding(3, 0.0, 5.0)
    assert list(named_encodings(torch.nn.ModuleList([shared, shared]))) == ["0"]


def test_settings_make_them_again():
    model = swap_radial_basis(AtomTrunk(8, 2, 1), knots=60, order=1, weight=0.5)
    fresh = AtomTrunk(8, 2, 1)
    put_encodings(fresh, encoding_settings(model))
    fresh.load_state_dict(model.state_dict())
    assert fresh.distance_expansion.settings == model.distance_expansion.settings
    d = torch.rand(5)
    assert torch.equal(fresh.distance_expansion(d), model.distance_expansion(d))


@pytest.mark.parametrize("name", ["nothing", "layers.7.basis", "distance"])
def test_a_place_that_is_not_there(name):
    with pytest.raises(ValueError, match=f"AtomTrunk has no module '{name}'"):
        put_encodings(AtomTrunk(8, 2, 1), {name: {}})


def test_a_model_may_be_an_encoding_itself():
    assert list(named_encodings(RegularizedPositionalEncoding(3, 0.0, 5.0))) == [""]
