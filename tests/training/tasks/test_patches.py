import pytest
import torch
from torch_geometric.data import Data

from torch_molfield.data import from_smiles
from torch_molfield.fields import SignedDistanceField
from torch_molfield.models import PatchedMolField
from torch_molfield.training import SurfaceTraining, train_patches
from torch_molfield.training.tasks import patches
from torch_molfield.training.tasks.patches import PatchBatches


@pytest.fixture(scope="module")
def frames():
    data = from_smiles("CCCCCCCCCC")
    return [Data(z=data.z, pos=data.pos + k) for k in range(2)]


@pytest.fixture(autouse=True)
def small_pool(monkeypatch):
    monkeypatch.setattr(patches, "POOL", 2000)


def make(frames, **changes):
    return PatchBatches(frames, SignedDistanceField("ses"), 3.0, 5.0, 4, 32, seed=3, **changes)


def test_points_are_near_the_centre_with_the_distance_from_the_whole_surface(frames):
    batch = make(frames)[0]
    assert int(batch.batch[-1]) == 3
    assert torch.bincount(batch.points_batch).tolist() == [32] * 4
    for patch in range(4):
        pos, points = batch.pos[batch.batch == patch], batch.points[batch.points_batch == patch]
        assert len(pos) < len(frames[0].z)
        assert float((pos[:, None] - points).norm(dim=-1).amin(0).max()) < 4.0
    field = SignedDistanceField("ses")
    truths = torch.stack([field(batch.points, f.z, f.pos)[:, 0] for f in frames])
    assert float((truths - batch.field_values[:, 0]).abs().amin(0).max()) < 1e-4


def test_batches_are_a_function_of_seed_and_step(frames):
    assert torch.equal(make(frames)[7].points, make(frames, first=7)[0].points)
    assert not torch.equal(make(frames)[7].points, make(frames)[8].points)


def test_training_learns_and_leaves_a_model(frames, settings, tmp_path):
    settings |= {"max_steps": 120, "learning_rate": 5e-3, "num_points": 48, "checkpoint_every_seconds": 60.0}
    hardware = {"accelerator": "cpu", "progress_bar": False}
    model = train_patches(SurfaceTraining(**settings), frames, tmp_path, reach=3.0, radius=5.0, **hardware)
    again = PatchedMolField.from_pretrained(tmp_path)
    batch = make(frames)[0]
    with torch.no_grad():
        errors = [
            float((field(batch.points, batch.points_batch)[:, 0] - batch.field_values[:, 0]).abs().mean())
            for field in (
                m(batch.z, batch.pos, batch.batch)
                for m in (again.field, PatchedMolField(field=settings["model"]).field)
            )
        ]
    assert errors[0] < 0.5 * errors[1]
    assert again.reach == model.reach == 3.0


def test_bad_input(frames):
    with pytest.raises(ValueError, match="no molecule to train on"):
        make([])
    with pytest.raises(IndexError):
        make(frames)[-1]
