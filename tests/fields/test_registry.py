import inspect

import pytest
import torch

import torch_molfield.fields
from torch_molfield.data.registry import Registry
from torch_molfield.fields import FIELDS, BlockField, Field, GaussianField, register_field


def test_every_public_field_that_needs_no_atoms_is_registered():
    public = [getattr(torch_molfield.fields, name) for name in torch_molfield.fields.__all__]
    fields = {cls for cls in public if inspect.isclass(cls) and issubclass(cls, Field)} - {Field, BlockField}
    assert {FIELDS.get(name) for name in FIELDS} == fields
    assert FIELDS.get("gaussian") is GaussianField


def test_a_field_of_ones_own_is_added_by_name_or_given_by_module(monkeypatch):
    monkeypatch.setattr(FIELDS, "_classes", dict(FIELDS._classes))

    @register_field("height")
    class Height(Field):
        channels = ("height",)

        def evaluate(self, points, points_batch, z, pos, batch, state):
            return points[:, 2:]

    field = FIELDS.get("height")()
    points = torch.rand(3, 3)
    assert torch.equal(field(points, torch.tensor([1]), torch.zeros(1, 3)), points[:, 2:])
    assert FIELDS.get("torch_molfield.fields.gaussian:GaussianField") is GaussianField
    assert isinstance(FIELDS, Registry) and FIELDS.group == "torch_molfield.fields"


def test_an_unknown_field_is_a_sentence_with_the_known_ones():
    with pytest.raises(ValueError, match="field 'gauss' is unknown; choose one of .*gaussian.*signed_distance"):
        FIELDS.get("gauss")
    with pytest.raises(ValueError, match="torch:nn is no field|cannot be imported"):
        FIELDS.get("torch:nn")
