import pytest
import torch
from torch import nn

from torch_molfield.models import EnergyMolField, MolField, load_model
from torch_molfield.nn.common.padding import make_padding
from torch_molfield.nn.trunks import TRUNKS, AtomTrunk, atom_features, make_trunk
from torch_molfield.testing import molecule, trunk_errors

FIELD = {"hidden": 8, "depth": 2, "num_frequencies": 8, "width": 8, "vectors": 2, "heads": 2, "groups": 1}


@pytest.mark.parametrize("name", TRUNKS.names())
def test_every_trunk_keeps_the_contract(name):
    errors = trunk_errors(TRUNKS.get(name))
    assert set(errors) >= {"pose", "order", "batch", "derivative"}
    assert max(errors.values()) < 1e-9, errors


@TRUNKS.register("neighbours")
class Neighbours(nn.Module):
    """Smooth counts of neighbours: the least that a trunk is, ``(z, pos, batch)`` to scalars."""

    def __init__(self, width, vectors, layers):
        super().__init__()
        self.width, self.vectors = width, 0
        self.embedding = nn.Embedding(120, width)
        self.mix = nn.ModuleList(nn.Linear(width, width) for _ in range(layers))

    def forward(self, z, pos, batch):
        h = self.embedding(z)
        weight = torch.exp(-(pos[:, None] - pos).square().sum(-1))
        weight = weight * (batch[:, None] == batch)
        for layer in self.mix:
            h = h + torch.tanh(layer(weight @ h))
        return h


def test_a_least_trunk_keeps_the_contract_and_a_wrong_one_does_not():
    assert max(trunk_errors(Neighbours).values()) < 1e-9

    class Placed(Neighbours):
        def forward(self, z, pos, batch):
            return super().forward(z, pos, batch) + pos[:, :1]

    assert trunk_errors(Placed)["pose"] > 1e-3

    class Mixed(Neighbours):
        def forward(self, z, pos, batch):
            return super().forward(z, pos, torch.zeros_like(batch))

    assert trunk_errors(Mixed)["batch"] > 1e-3
    with pytest.raises(ValueError, match=r"ReLU is not made by \(width, vectors, layers\)"):
        trunk_errors(nn.ReLU)


def test_a_registered_trunk_is_saved_by_name(tmp_path):
    torch.manual_seed(0)
    z, pos = molecule("NH3", torch.float32)
    field = MolField(trunk="neighbours", **FIELD).eval()
    again = load_model(field.save_pretrained(tmp_path / "field"))
    assert type(again.encoder.trunk) is Neighbours
    torch.testing.assert_close(again(z, pos)(pos), field(z, pos)(pos))
    energy = EnergyMolField(width=8, trunk="neighbours", charges=True, function={"width": 8, "heads": 2}).eval()
    nn.init.normal_(energy.head[-1].weight)
    again = load_model(energy.save_pretrained(tmp_path / "energy"))
    assert type(again.trunk) is Neighbours and again.config["trunk"] == "neighbours"
    found, expected = again.forces(z, pos), energy.forces(z, pos)
    assert float(expected["forces"].abs().max()) > 1e-4
    for name in ("energy", "forces", "charges", "dipole"):
        torch.testing.assert_close(found[name], expected[name])


@pytest.mark.parametrize("trunk", ["pairs", "neighbours"])
def test_forces_are_the_slope_of_the_energy(trunk):
    torch.manual_seed(0)
    z, pos = molecule("H2O")
    model = EnergyMolField(width=8, vectors=2, trunk=trunk).double().eval()
    nn.init.normal_(model.head[-1].weight)
    step = torch.zeros_like(pos)
    step[1, 0] = 1e-4
    slope = (model(z, pos + step)["energy"] - model(z, pos - step)["energy"]) / 2e-4
    assert float(slope.detach()) == pytest.approx(-float(model.forces(z, pos)["forces"][1, 0]), rel=1e-5)


def test_settings_of_a_trunk():
    assert EnergyMolField(width=8, vectors=2, trunk="pairs", cutoff=4.0).trunk.cutoff == 4.0
    assert EnergyMolField(width=8, vectors=2).config["cutoff"] == 5.0
    assert EnergyMolField(width=8, trunk="neighbours").config.keys().isdisjoint({"cutoff", "radial", "sources"})
    with pytest.raises(ValueError, match="'neighbours' has no setting 'cutoff'; it has width, vectors, layers"):
        EnergyMolField(width=8, trunk="neighbours", cutoff=4.0)


def test_a_name_never_imports_a_module():
    for cls in (MolField, EnergyMolField):
        with pytest.raises(ValueError, match="trunk 'antigravity:x' is unknown; choose one of clusters, pairs"):
            cls(trunk="antigravity:x")


def test_without_vectors_there_are_none():
    trunk = make_trunk("pairs", 8, 2, 1)
    assert isinstance(trunk, AtomTrunk)
    z, pos = molecule("H2O", torch.float32)
    h, v = atom_features(Neighbours(8, 4, 1), z, pos, make_padding(torch.zeros_like(z), 1))
    assert h.shape == (3, 8) and v.shape == (3, 3, 0)
