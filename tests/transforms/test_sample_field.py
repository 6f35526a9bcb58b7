import math

import pytest
import torch
from torch_geometric.data import Batch, InMemoryDataset
from torch_geometric.loader import DataLoader

from torch_molfield.data import MolFieldData
from torch_molfield.fields import GaussianField, SignedDistanceField
from torch_molfield.testing import molecule
from torch_molfield.transforms import SampleField
from torch_molfield.transforms.density_points import density_points
from torch_molfield.transforms.distance_points import sample_distances
from torch_molfield.transforms.per_sample import sample_generator
from torch_molfield.transforms.sample_field import SCHEMES

FIELD = GaussianField(sigma=0.5, channels=("all",))
SURFACE = SignedDistanceField("vdw")


def sample(name="NH3"):
    z, pos = molecule(name, torch.float32)
    return MolFieldData(z=z, pos=pos)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_values_are_the_field_at_the_points(scheme):
    data = sample()
    count = {} if scheme == "quadrature" else {"num_points": 101}
    field = SURFACE if scheme == "surface" else FIELD
    result = SampleField(field, scheme=scheme, **count)(data)
    torch.testing.assert_close(result.field_values, field(result.points, data.z, data.pos))
    assert "points" not in data
    assert "field_gradients" not in result
    if scheme in ("uniform", "near_atoms", "mixed", "surface"):
        assert len(result.points) == 101


@pytest.mark.parametrize(("scheme", "field"), [("uniform", GaussianField(channels=("H", "N"))), ("surface", SURFACE)])
def test_gradients_are_those_of_every_channel(scheme, field):
    z, pos = molecule("NH3")
    data = MolFieldData(z=z, pos=pos)
    result = SampleField(field, num_points=21, scheme=scheme, gradients=True, seed=0)(data)
    assert result.field_gradients.shape == (21, len(field.channels), 3)
    steps = 1e-5 * torch.eye(3, dtype=pos.dtype)
    change = [(field(result.points + s, z, pos) - field(result.points - s, z, pos)) / 2e-5 for s in steps]
    torch.testing.assert_close(result.field_gradients, torch.stack(change, dim=-1), atol=1e-6, rtol=1e-5)
    assert not result.field_gradients.requires_grad


def test_mixed_points_are_those_that_densities_are_learned_on():
    data = sample()
    result = SampleField(FIELD, num_points=9, scheme="mixed", seed=4)(data)
    generator = sample_generator(4, data.z, data.pos)
    points, _ = density_points(data.pos.double(), torch.zeros_like(data.z), 9, generator)
    assert torch.equal(result.points, points.float())


def test_surface_points_are_those_that_surfaces_are_learned_on():
    data = sample()
    result = SampleField(SURFACE, num_points=9, scheme="surface", gradients=True, seed=4)(data)
    generator = sample_generator(4, data.z, data.pos)
    samples = sample_distances(SURFACE, data.z, data.pos, torch.zeros_like(data.z), 9, generator)
    assert torch.equal(result.points, samples.points)
    assert torch.equal(result.field_values[:, 0], samples.values)
    assert torch.equal(result.field_gradients[:, 0], samples.gradients)


@pytest.mark.parametrize("scheme", ["uniform", "near_atoms", "mixed"])
def test_points_do_not_depend_on_the_dtype(scheme):
    single = sample()
    double = MolFieldData(z=single.z, pos=single.pos.double())
    transform = SampleField(FIELD, num_points=9, scheme=scheme, seed=4)
    torch.testing.assert_close(transform(single).points, transform(double).points.float())


def test_grid_covers_the_box_at_the_density():
    data = sample("C6H6")
    result = SampleField(FIELD, density=8.0, scheme="grid", margin=2.0)(data)
    size = data.pos.amax(0) - data.pos.amin(0) + 4.0
    assert len(result.points) == pytest.approx(8.0 * float(size.prod()), rel=0.1)
    gap = result.points.unique(dim=0).diff(dim=0).abs()
    assert float(gap[gap > 1e-4].min()) == pytest.approx(0.5, abs=0.05)
    torch.testing.assert_close(result.points.mean(0), (data.pos.amax(0) + data.pos.amin(0)) / 2, atol=1e-4, rtol=0)


def test_quadrature_integrates():
    data = sample("CH4")
    result = SampleField(FIELD, scheme="quadrature")(data)
    integral = (result.point_weights[:, None] * result.field_values).sum()
    assert float(integral) == pytest.approx(5 * (2 * math.pi * 0.25) ** 1.5, rel=1e-3)


class Repeated(torch.utils.data.Dataset):
    def __init__(self, transform):
        self.items = [sample(n) for n in ("NH3", "CH4", "CO2", "HCN", "H2", "C6H6", "He", "SF6")]
        self.transform = transform

    def __len__(self):
        return len(self.items)

    def __getitem__(self, index):
        return self.transform(self.items[index])


def points_of(workers, seed):
    dataset = Repeated(SampleField(FIELD, num_points=5, seed=seed))
    loader = DataLoader(dataset, batch_size=3, num_workers=workers, follow_batch=["points"])
    return torch.cat([batch.points for batch in loader])


@pytest.mark.filterwarnings("ignore:This DataLoader will create")
def test_seeded_points_are_the_same_for_any_number_of_workers():
    alone = points_of(0, 7)
    assert torch.equal(alone, points_of(2, 7))
    assert not torch.equal(alone, points_of(0, 8))
    offsets = alone.reshape(8, 5, 3)
    assert len({tuple(row.flatten().tolist()) for row in offsets}) == 8


@pytest.mark.filterwarnings("ignore:This DataLoader will create")
def test_unseeded_points_are_fresh_in_every_worker():
    torch.manual_seed(0)
    shape = [points_of(2, None).reshape(8, 5, 3) for _ in range(2)]
    assert not torch.equal(*shape)


def test_batch_is_sampled_by_molecule():
    batch = Batch.from_data_list([sample("NH3"), sample("CO2")])
    result = SampleField(FIELD, num_points=6, seed=0)(batch)
    assert result.points_batch.tolist() == [0] * 6 + [1] * 6
    torch.testing.assert_close(result.points[6:], SampleField(FIELD, num_points=6, seed=0)(sample("CO2")).points)


class Stored(InMemoryDataset):
    @property
    def processed_file_names(self):
        return ["data.pt"]

    def process(self):
        self.save([self.pre_transform(sample(n)) for n in ("NH3", "CO2")], self.processed_paths[0])


def test_as_pre_transform_of_a_dataset(tmp_path):
    dataset = Stored(str(tmp_path), pre_transform=SampleField(FIELD, num_points=6, seed=0))
    dataset.load(dataset.processed_paths[0], data_cls=MolFieldData)
    assert dataset[1].points.shape == (6, 3)
    assert (
        next(iter(DataLoader(dataset, batch_size=2, follow_batch=["points"]))).points_batch.tolist()
        == [0] * 6 + [1] * 6
    )


def test_text_names_every_parameter():
    text = str(SampleField(FIELD, num_points=5, seed=3))
    assert repr(FIELD) in text
    for part in (
        "num_points=5",
        "density=None",
        "'uniform'",
        "margin=1.5",
        "std=0.5",
        "(30, 17)",
        "seed=3",
        "gradients=False",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({}, "exactly one"),
        ({"num_points": 5, "density": 1.0}, "exactly one"),
        ({"num_points": 5, "scheme": "quadrature"}, "neither"),
        ({"num_points": 0}, "positive"),
        ({"num_points": 5, "scheme": "sobol"}, "scheme must be"),
        ({"num_points": 5, "margin": -1.0}, "margin"),
        ({"num_points": 5, "scheme": "surface"}, r"scheme 'surface' needs a SignedDistanceField, got GaussianField"),
    ],
)
def test_bad_parameters(arguments, match):
    with pytest.raises(ValueError, match=match):
        SampleField(FIELD, **arguments)
