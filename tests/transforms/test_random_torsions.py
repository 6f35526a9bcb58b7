import pytest
import torch
from torch_geometric.data import Data
from torch_geometric.transforms import Compose

from torch_molfield.data import BundledTrajectories
from torch_molfield.geometry.bonds import find_bonds
from torch_molfield.transforms import RandomTorsions
from torch_molfield.transforms.random_torsions import rotatable_bonds


@pytest.fixture(scope="module")
def molecules():
    return {
        name: next(frame for frame in BundledTrajectories(name))
        for name in ("ethanol", "biphenyl", "benzene", "water_dimer", "aspirin")
    }


@pytest.mark.parametrize(
    ("name", "count"), [("ethanol", 2), ("biphenyl", 1), ("benzene", 0), ("water_dimer", 0), ("aspirin", 5)]
)
def test_rotatable_bonds_are_those_of_a_chemist(molecules, name, count):
    """Aspirin: ring–COOH, C–OH, ring–O, O–C(=O), C–CH3; the methyl and hydroxyl hydrogens turn too."""
    bonds = rotatable_bonds(molecules[name].z, molecules[name].pos)
    assert len(bonds) == count
    for i, j, side in bonds:
        assert i not in side
        assert j not in side
        assert 0 < len(side) < len(molecules[name].z) - 2


def test_bond_lengths_and_angles_stay_and_the_rest_moves(molecules):
    data = molecules["aspirin"]
    before = data.pos.double()
    torch.manual_seed(0)
    after = RandomTorsions(40.0)(Data(z=data.z, pos=before)).pos
    assert torch.equal(before, data.pos.double())
    near = torch.from_numpy(find_bonds(data.z, before.numpy()))
    adjacent = torch.zeros(len(data.z), len(data.z))
    adjacent[near[:, 0], near[:, 1]] = adjacent[near[:, 1], near[:, 0]] = 1
    kept = (adjacent + adjacent @ adjacent) > 0
    change = (torch.cdist(after, after) - torch.cdist(before, before)).abs()
    assert change[kept].max() < 1e-6
    assert change.max() > 0.5


def test_the_seed_decides_and_angles_have_the_width_asked_for():
    ethane_like = Data(
        z=torch.tensor([1, 6, 8, 1]), pos=torch.tensor([[1, 0.5, 0], [0, 0, 0], [0, 0, 1.4], [0.9, 0, 1.7]])
    )
    ethane_like.pos = ethane_like.pos.double()
    transform = Compose([RandomTorsions(10.0)])
    torch.manual_seed(3)
    first = transform(ethane_like).pos
    torch.manual_seed(3)
    assert torch.equal(first, transform(ethane_like).pos)
    angle = torch.stack([transform(ethane_like).pos[3] for _ in range(2000)])
    angle = torch.rad2deg(torch.atan2(angle[:, 1], angle[:, 0]))
    assert abs(float(angle.mean())) < 1.0
    assert abs(float(angle.std()) - 10) < 0.6


@pytest.mark.parametrize("degrees", [0, -1.0, float("nan"), "30"])
def test_degrees_must_be_positive(degrees):
    with pytest.raises(ValueError, match="degrees must be a positive number"):
        RandomTorsions(degrees)


def test_no_positions(molecules):
    with pytest.raises(ValueError, match="pos"):
        RandomTorsions(10.0)(Data(z=torch.tensor([6, 1])))


def test_a_share_of_the_samples_is_changed(molecules):
    torch.manual_seed(0)
    ethanol, transform = molecules["ethanol"], RandomTorsions(30.0, p=0.25)
    same = sum(torch.equal(transform(ethanol).pos, ethanol.pos) for _ in range(400))
    assert 270 < same < 330
    with pytest.raises(ValueError, match="p must be a probability"):
        RandomTorsions(30.0, p=0.0)
