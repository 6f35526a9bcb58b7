import pytest
import torch

from torch_molfield.data import BundledTrajectories
from torch_molfield.fields import SignedDistanceField
from torch_molfield.models import FittedSurface
from torch_molfield.training import SurfaceFit, fit_surface
from torch_molfield.transforms.distance_points import sample_distances

FIELD = SignedDistanceField("ses")


@pytest.fixture(scope="module")
def water():
    return BundledTrajectories("water_dimer")[0]


def test_a_fit_finds_the_surface_wherever_the_molecule_is(water):
    data = water.clone()
    data.pos = data.pos + 20.0
    network, curve = fit_surface(FIELD, data, SurfaceFit(max_steps=400, pool=5000), network={"hidden": 64, "depth": 3})
    assert curve[-1][1] < 0.2 * curve[0][1]
    generator = torch.Generator().manual_seed(9)
    unseen = sample_distances(FIELD, data.z, data.pos, torch.zeros_like(data.z), 500, generator)
    near = unseen.values.abs() < 0.8
    with torch.no_grad():
        assert float((network(unseen.points) - unseen.values)[near].abs().mean()) < 0.03


def test_the_seed_decides_and_the_network_is_kept(water, tmp_path):
    settings = SurfaceFit(max_steps=5, pool=300, num_points=64)
    first, second = (fit_surface(FIELD, water, settings, network={"hidden": 16, "depth": 2}).model for _ in range(2))
    other = FittedSurface.from_pretrained(first.save_pretrained(tmp_path / "fit"))
    with torch.no_grad():
        assert torch.equal(first(water.pos), second(water.pos))
        assert torch.equal(first(water.pos), other(water.pos))


def test_bad_settings(water):
    with pytest.raises(ValueError, match="needs an end"):
        SurfaceFit()
    with pytest.raises(ValueError, match="not finite"):
        fit_surface(FIELD, water, SurfaceFit(learning_rate=float("inf"), max_steps=3, pool=100), network={"hidden": 8})
