import torch
from torch_geometric.data import Batch, Data

from torch_molfield.testing import molecule
from torch_molfield.transforms.per_sample import each_molecule, normal, sample_generator


def test_generator_depends_on_seed_and_atoms_only():
    z, pos = molecule("CH4")

    def draw(seed, z, pos):
        return normal(3, 1.0, pos, sample_generator(seed, z, pos))

    assert torch.equal(draw(1, z, pos), draw(1, z.clone(), pos.clone()))
    assert not torch.equal(draw(1, z, pos), draw(2, z, pos))
    assert not torch.equal(draw(1, z, pos), draw(1, z, pos + 1e-3))
    assert not torch.equal(draw(1, z, pos), draw(1, z.flip(0), pos))
    assert sample_generator(None, z, pos) is None
    assert not torch.equal(draw(None, z, pos), draw(None, z, pos))


def test_displacements_have_the_width():
    assert abs(float(normal(5000, 0.3, torch.zeros(1), None).std()) - 0.3) < 0.01


def test_batches_are_taken_apart():
    batch = Batch.from_data_list([Data(z=z, pos=pos) for z, pos in (molecule("H2"), molecule("CO2"))])

    def add(data):
        data.points = data.pos[:1]
        return data

    result = each_molecule(batch, add, ["points"])
    assert result.points_batch.tolist() == [0, 1]
    assert result.num_graphs == 2
