import pytest
import torch
from torch_geometric.data import Batch, Data
from torch_geometric.loader import DataLoader
from torch_geometric.transforms import Compose

from torch_molfield.data import MolFieldData
from torch_molfield.fields import GaussianField
from torch_molfield.testing import molecule, random_rotations
from torch_molfield.testing.molecules import ammonia
from torch_molfield.transforms import CanonicalFrame, SampleField


def sample(name="R-CHFClBr", turn=None, shift=0.0):
    z, pos = molecule(name)
    turn = torch.eye(3, dtype=pos.dtype) if turn is None else turn
    torch.manual_seed(0)
    force = torch.randn_like(pos)
    return MolFieldData(z=z, pos=pos @ turn.T + shift, forces=force @ turn.T, dipole=force[:1] @ turn.T)


def test_pose_is_removed_and_can_be_restored():
    turn = random_rotations(1, seed=4)[0]
    data, turned = sample(), sample(turn=turn, shift=3.0)
    before = turned.pos.clone()
    one, two = CanonicalFrame()(data), CanonicalFrame()(turned)
    for key in ("pos", "forces", "dipole"):
        torch.testing.assert_close(one[key], two[key])
    assert one.frame_rotation.shape == (1, 3, 3)
    assert one.frame_origin.shape == (1, 3)
    torch.testing.assert_close(two.pos @ two.frame_rotation[0].T + two.frame_origin, turned.pos)
    back = CanonicalFrame().inverse(two)
    torch.testing.assert_close(back.pos, turned.pos)
    torch.testing.assert_close(back.forces, turned.forces)
    assert "frame_rotation" not in back
    assert torch.equal(turned.pos, before)


def test_gradients_tensors_and_the_force_of_pyg_turn_too():
    field = GaussianField(channels=("H", "others"))
    turn = random_rotations(1, seed=4)[0]

    def labelled(turn, shift):
        data = sample(turn=turn, shift=shift)
        data.points = sample().pos[:3] @ turn.T + shift
        data.field_gradients = field.bind(data.z, data.pos).gradient(data.points)
        data.force = data.forces.clone()
        data.polarizability = (turn @ torch.arange(9.0).reshape(3, 3).to(turn) @ turn.T)[None]
        return data

    still, turned = labelled(torch.eye(3, dtype=turn.dtype), 0.0), labelled(turn, 3.0)
    one, two = CanonicalFrame()(still), CanonicalFrame()(turned)
    for key in ("force", "field_gradients", "polarizability"):
        torch.testing.assert_close(one[key], two[key])
        torch.testing.assert_close(CanonicalFrame().inverse(two)[key], turned[key])
    exact = field.bind(two.z, two.pos).gradient(two.points)
    torch.testing.assert_close(two.field_gradients, exact)
    batch = CanonicalFrame()(Batch.from_data_list([still, turned]))
    torch.testing.assert_close(batch.polarizability, one.polarizability.repeat(2, 1, 1))
    torch.testing.assert_close(batch.field_gradients, one.field_gradients.repeat(2, 1, 1))


def test_twice_keeps_the_composed_frame():
    data = sample(turn=random_rotations(1, seed=1)[0], shift=1.0)
    twice = CanonicalFrame()(CanonicalFrame()(data))
    torch.testing.assert_close(twice.pos @ twice.frame_rotation[0].T + twice.frame_origin, data.pos)


def test_batch_equals_single_molecules_and_can_be_taken_apart():
    singles = [sample(n) for n in ("R-CHFClBr", "HCN", "S-CHFClBr", "He")]
    batch = CanonicalFrame()(Batch.from_data_list(singles))
    assert batch.frame_rotation.shape == (4, 3, 3)
    for part, single in zip(batch.to_data_list(), singles, strict=True):
        alone = CanonicalFrame()(single)
        torch.testing.assert_close(part.frame_rotation, alone.frame_rotation)
        torch.testing.assert_close(part.pos, alone.pos)
        torch.testing.assert_close(part.dipole, alone.dipole)
    back = CanonicalFrame().inverse(batch)
    torch.testing.assert_close(back.pos, Batch.from_data_list(singles).pos)
    assert back.to_data_list()[1].keys() == singles[1].keys()


def test_queries_move_with_the_atoms():
    data = SampleField(GaussianField(sigma=0.5, channels=("all",)), num_points=20, seed=0)(sample())
    canonical = CanonicalFrame()(data)
    field = GaussianField(sigma=0.5, channels=("all",))
    torch.testing.assert_close(field(canonical.points, canonical.z, canonical.pos), data.field_values)


def test_trajectory_does_not_flip():
    steps = [ammonia(float(h)) for h in torch.linspace(-0.3, 0.3, 50)]
    batch = Batch.from_data_list([Data(z=z, pos=pos) for z, pos in steps])
    moved = CanonicalFrame(per="trajectory")(batch)
    local = moved.pos.reshape(50, 4, 3)
    assert (local[1:] - local[:-1]).norm(dim=-1).max() < 0.03
    torch.testing.assert_close(CanonicalFrame().inverse(moved).pos, batch.pos)
    with pytest.raises(ValueError, match="one molecule"):
        CanonicalFrame(per="trajectory")(Batch.from_data_list([sample("CO2"), sample("HCN")]))


def test_in_a_loader_after_other_transforms():
    transform = Compose([CanonicalFrame(), SampleField(GaussianField(), num_points=8)])
    loader = DataLoader([transform(sample()) for _ in range(4)], batch_size=2, follow_batch=["points"])
    batch = next(iter(loader))
    assert batch.frame_rotation.shape == (2, 3, 3)
    assert batch.points_batch.tolist() == [0] * 8 + [1] * 8


def test_text_and_errors():
    vectors = "('forces', 'force', 'dipole', 'atomic_dipoles', 'surface_normal', 'field_gradients')"
    tensors = "('polarizability', 'quadrupole')"
    assert str(CanonicalFrame()) == f"CanonicalFrame(per='molecule', vectors={vectors}, tensors={tensors})"
    with pytest.raises(ValueError, match="per must be"):
        CanonicalFrame(per="atom")
    with pytest.raises(ValueError, match="pos is missing"):
        CanonicalFrame()(Data(z=torch.tensor([6])))
    with pytest.raises(ValueError, match="frame_rotation or frame_origin is missing"):
        CanonicalFrame().inverse(sample())
    bad = sample()
    bad.forces = bad.forces[:, :2]
    with pytest.raises(ValueError, match=r"forces must have rows of vectors or tensors to be turned, got \[5, 2\]"):
        CanonicalFrame()(bad)
    batch = Batch.from_data_list([sample(), sample()])
    batch.late = torch.zeros(2, 3)
    with pytest.raises(ValueError, match="late was set after batching"):
        CanonicalFrame(vectors=["late"])(batch)
