import pytest
import torch

from torch_molfield.data import BundledTrajectories
from torch_molfield.models import MolField, MovingMolField
from torch_molfield.training import MotionTraining, train_motion
from torch_molfield.training.batches.windows import TrajectoryWindows, trajectories_of
from torch_molfield.training.tasks.motion import MotionTask

FIELD = {"hidden": 8, "depth": 2, "num_frequencies": 16, "width": 8, "vectors": 2, "heads": 2, "trunk_layers": 1}
SMALL = {"horizon": 20.0, "width": 32, "vectors": 8, "layers": 2, "batch_size": 8, "moments": 5, "workers": 0}


@pytest.fixture(scope="module")
def trajectories():
    return trajectories_of(BundledTrajectories("water_dimer").split("train"))


def train(trajectories, folder, **changes):
    settings = MotionTraining(**{**SMALL, **changes})
    torch.manual_seed(0)
    return train_motion(settings, trajectories, MolField(**FIELD), folder, accelerator="cpu", progress_bar=False)


def test_it_learns_to_move_better_than_standing_still_or_flying_on(trajectories, tmp_path):
    model = train(trajectories, tmp_path, max_steps=250, learning_rate=5e-3)
    batch = TrajectoryWindows(trajectories, 20.0, 64, 5, seed=99)[0]
    with torch.no_grad():
        moved = model.motion(batch.z, batch.pos, batch.velocity, batch.batch).at(batch.time)
    flown = batch.pos[:, None] + batch.time[batch.batch][:, :, None] * batch.velocity[:, None]
    errors = [float((x - batch.later).norm(dim=-1).mean()) for x in (moved, batch.pos[:, None], flown)]
    assert errors[0] < 0.8 * min(errors[1:])
    again = MovingMolField.from_pretrained(tmp_path)
    assert torch.equal(again.propagator.head.weight, model.propagator.head.weight)


def test_the_field_stays_as_it_is(trajectories, tmp_path):
    torch.manual_seed(0)
    before = MolField(**FIELD).state_dict()
    after = train(trajectories, tmp_path, max_steps=3).field.state_dict()
    assert all(torch.equal(value, after[name]) for name, value in before.items())


def test_the_loss_of_standing_still_is_one(trajectories):
    model = MovingMolField(width=16, vectors=4, layers=1, field=FIELD)
    with torch.no_grad():
        model.propagator.head.weight.zero_()
    task = MotionTask(MotionTraining(max_steps=1), model)
    batch = TrajectoryWindows(trajectories, 20.0, 8, 3, seed=0)[0]
    still = batch._replace(velocity=torch.zeros_like(batch.velocity))
    assert 0.8 < float(task.losses(still)["motion"].detach()) < 1.0


def test_settings_out_of_range():
    with pytest.raises(ValueError, match="horizon must be a number above 0"):
        MotionTraining(horizon=0)
