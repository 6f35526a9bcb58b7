import math

import pytest
import torch
from torch_geometric.data import Batch
from torch_geometric.loader import DataLoader

from torch_molfield.data import MolFieldData
from torch_molfield.fields import GaussianField, SignedDistanceField
from torch_molfield.testing import molecule
from torch_molfield.transforms import SampleSurface


def sample(name="NH3", dtype=torch.float32):
    z, pos = molecule(name, dtype)
    return MolFieldData(z=z, pos=pos)


@pytest.mark.parametrize("surface", ["vdw", "sas", "ses"])
def test_points_lie_on_the_surface_with_outward_normals(surface):
    field, data = SignedDistanceField(surface), sample("R-CHFClBr")
    result = SampleSurface(field, num_points=300, num_offsets=200, num_eikonal=50, seed=0)(data)
    assert field(result.surface_pos, data.z, data.pos).abs().max() < 1e-3
    out = field(result.surface_pos + 0.01 * result.surface_normal, data.z, data.pos)
    assert ((out - 0.01).abs() < 2e-3).float().mean() > 0.97
    torch.testing.assert_close(result.surface_normal.norm(dim=1), torch.ones(300))
    torch.testing.assert_close(result.field_values, field(result.points, data.z, data.pos))
    assert result.eikonal_pos.shape == (50, 3)
    assert list(data.keys()) == list(sample().keys())


def test_uniform_by_area():
    # Carbon and hydrogen far apart: points divide as the squares of the radii, and evenly over each sphere.
    data = MolFieldData(z=torch.tensor([6, 1]), pos=torch.tensor([[0.0, 0, 0], [6.0, 0, 0]]))
    result = SampleSurface(SignedDistanceField("vdw"), num_points=8000, seed=1)(data)
    carbon = result.surface_pos[:, 0] < 3.0
    assert float(carbon.float().mean()) == pytest.approx(1.7**2 / (1.7**2 + 1.2**2), abs=0.03)
    height = result.surface_pos[carbon, 2] / 1.7
    spread = torch.histc(height, 10, -1, 1) / carbon.sum()  # Archimedes: uniform in height
    assert (spread - 0.1).abs().max() < 0.015


def test_level_set_of_a_density():
    field = GaussianField(sigma=0.6, channels=("all",))
    data = sample("CH4", torch.float64)
    result = SampleSurface(field, num_points=200, level=0.3, ascent=True, seed=0)(data)
    torch.testing.assert_close(
        field(result.surface_pos, data.z, data.pos), torch.full((200, 1), 0.3, dtype=torch.float64), atol=2e-3, rtol=0
    )
    assert (field(result.surface_pos + 0.05 * result.surface_normal, data.z, data.pos) < 0.3).all()


def test_one_atom_is_a_sphere():
    result = SampleSurface(SignedDistanceField("vdw", radii={2: 1.4}), num_points=100, num_offsets=400, seed=0)(
        sample("He")
    )
    torch.testing.assert_close(result.surface_pos.norm(dim=1), torch.full((100,), 1.4), atol=1e-3, rtol=0)
    assert float(result.field_values.std()) == pytest.approx(0.2, rel=0.15)


def stream(workers):
    items = [sample(n) for n in ("NH3", "CH4", "CO2", "H2")]
    transform = SampleSurface(SignedDistanceField("vdw"), num_points=20, num_offsets=10, seed=5)
    dataset = Transformed(items, transform)
    follow = ["surface_pos", "points"]
    batches = list(DataLoader(dataset, batch_size=2, num_workers=workers, follow_batch=follow))
    return torch.cat([b.surface_pos for b in batches]), batches[0]


class Transformed(torch.utils.data.Dataset):
    def __init__(self, items, transform):
        self.items, self.transform = items, transform

    def __len__(self):
        return len(self.items)

    def __getitem__(self, index):
        return self.transform(self.items[index])


@pytest.mark.filterwarnings("ignore:This DataLoader will create")
def test_the_same_for_any_number_of_workers():
    alone, batch = stream(0)
    assert torch.equal(alone, stream(2)[0])
    assert batch.surface_pos_batch.tolist() == [0] * 20 + [1] * 20
    assert batch.points_batch.tolist() == [0] * 10 + [1] * 10


def test_batch_is_sampled_by_molecule():
    transform = SampleSurface(SignedDistanceField("vdw"), num_points=20, seed=0)
    result = transform(Batch.from_data_list([sample("NH3"), sample("CO2")]))
    torch.testing.assert_close(result.surface_pos[20:], transform(sample("CO2")).surface_pos)
    assert result.surface_pos_batch.tolist() == [0] * 20 + [1] * 20


def test_text_and_errors():
    field = SignedDistanceField("vdw")
    text = str(SampleSurface(field, 10, seed=3))
    for part in (repr(field), "num_points=10", "offset_std=0.2", "level=0.0", "ascent=False", "margin=3.5", "seed=3"):
        assert part in text
    with pytest.raises(ValueError, match="num_points"):
        SampleSurface(field, 0)
    with pytest.raises(ValueError, match="channel 3"):
        SampleSurface(field, channel=3)
    with pytest.raises(ValueError, match="offset_std"):
        SampleSurface(field, offset_std=-math.inf)
    with pytest.raises(ValueError, match="only 0 of 10"):
        SampleSurface(field, 10, level=50.0)(sample("H2"))
