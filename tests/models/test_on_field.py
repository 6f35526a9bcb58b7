import torch

from torch_molfield.models import MolField
from torch_molfield.models.on_field import OnField
from torch_molfield.testing import molecule

SMALL = {"hidden": 8, "depth": 2, "num_frequencies": 16, "width": 8, "vectors": 2, "heads": 2, "trunk_layers": 1}


class Scaled(OnField):
    """A field times a number."""

    def __init__(self, power, *, factor=1.0, field=None):
        super().__init__()
        self.config = {"power": power, "factor": factor, "field": field or {}}
        self.field = MolField(**(field or {}))

    def forward(self, z, pos, points):
        return self.config["factor"] ** self.config["power"] * self.field(z, pos)(points)


def test_a_new_model_takes_settings_and_weights_of_the_field(tmp_path):
    field = MolField(("a", "b"), "", **SMALL).eval()
    model = Scaled.from_field(field, 2, factor=3.0).eval()
    (z, pos), points = molecule("H2O", torch.float32), torch.randn(5, 3)
    torch.testing.assert_close(model(z, pos, points), 9 * field(z, pos)(points))
    again = Scaled.from_pretrained(model.save_pretrained(tmp_path))
    assert again.config == {"power": 2, "factor": 3.0, "field": field.config}
    assert torch.equal(again(z, pos, points), model(z, pos, points))


def test_the_weights_are_copies():
    field = MolField(**SMALL)
    model = Scaled.from_field(field, 1)
    before = [value.clone() for value in field.state_dict().values()]
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(1.0)
    assert all(torch.equal(a, b) for a, b in zip(before, field.state_dict().values(), strict=True))


def test_of_a_field_the_trunk_alone():
    field = MolField(**SMALL)
    model = Scaled.from_field(field, 1, trunk_only=True).field
    trunk, given = model.encoder.trunk.state_dict(), field.encoder.trunk.state_dict()
    assert all(torch.equal(value, given[name]) for name, value in trunk.items())
    assert not torch.equal(model.encoder.hyper.start, field.encoder.hyper.start)
