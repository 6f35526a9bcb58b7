import math

import pytest
import torch
from torch_geometric.data import Batch, InMemoryDataset
from torch_geometric.loader import DataLoader

from torch_molfield.data import MolFieldData
from torch_molfield.fields import GaussianField
from torch_molfield.testing import molecule
from torch_molfield.transforms import SampleField
from torch_molfield.transforms.sample_field import SCHEMES

FIELD = GaussianField(sigma=0.5, channels=("all",))


def sample(name="NH3"):
    z, pos = molecule(name, torch.float32)
    return MolFieldData(z=z, pos=pos)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_values_are_the_field_at_the_points(scheme):
    data = sample()
    count = {} if scheme == "quadrature" else {"num_points": 101}
    result = SampleField(FIELD, scheme=scheme, **count)(data)
    torch.testing.assert_close(result.field_values, FIELD(result.points, data.z, data.pos))
    assert "points" not in data
    if scheme in ("uniform", "near_atoms", "mixed"):
        assert len(result.points) == 101


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
    for part in ("num_points=5", "density=None", "'uniform'", "margin=1.5", "std=0.5", "(30, 17)", "seed=3"):
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
    ],
)
def test_bad_parameters(arguments, match):
    with pytest.raises(ValueError, match=match):
        SampleField(FIELD, **arguments)
