import torch
from torch_geometric.data import Batch, Data

from torch_molfield.testing import molecule
from torch_molfield.transforms.per_sample import box, each_molecule, normal, sample_generator, uniform


def test_generator_depends_on_seed_and_atoms_only():
    z, pos = molecule("CH4")

    def draw(seed, z, pos):
        return uniform(3, torch.zeros(3), torch.ones(3), sample_generator(seed, z, pos))

    assert torch.equal(draw(1, z, pos), draw(1, z.clone(), pos.clone()))
    assert not torch.equal(draw(1, z, pos), draw(2, z, pos))
    assert not torch.equal(draw(1, z, pos), draw(1, z, pos + 1e-3))
    assert not torch.equal(draw(1, z, pos), draw(1, z.flip(0), pos))
    assert sample_generator(None, z, pos) is None
    assert not torch.equal(draw(None, z, pos), draw(None, z, pos))


def test_draws_fill_the_box():
    _, pos = molecule("CH4")
    low, high = box(pos.float(), 2.0)
    points = uniform(2000, low, high, None)
    assert points.dtype == torch.float32
    torch.testing.assert_close(points.amin(0), low, atol=0.05, rtol=0)
    torch.testing.assert_close(points.amax(0), high, atol=0.05, rtol=0)
    assert abs(float(normal(5000, 0.3, pos, None).std()) - 0.3) < 0.01


def test_batches_are_taken_apart():
    batch = Batch.from_data_list([Data(z=z, pos=pos) for z, pos in (molecule("H2"), molecule("CO2"))])

    def add(data):
        data.points = data.pos[:1]
        return data

    result = each_molecule(batch, add, ["points"])
    assert result.points_batch.tolist() == [0, 1]
    assert result.num_graphs == 2
