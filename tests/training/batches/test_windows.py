import pytest
import torch
from torch.utils.data import DataLoader

from torch_molfield.data import BundledTrajectories
from torch_molfield.training.batches.windows import Trajectory, TrajectoryWindows, trajectories_of, window


@pytest.fixture(scope="module")
def trajectories():
    frames = [f for name in ("water_dimer", "ethanol") for f in BundledTrajectories(name).split("train")]
    return trajectories_of(frames)


def test_runs_of_the_bundled_molecules(trajectories):
    assert len(trajectories) == 6
    assert [len(t.z) for t in trajectories] == [6, 6, 6, 9, 9, 9]
    assert all(t.pos.shape == (400, len(t.z), 3) and t.interval == 2.0 for t in trajectories)


def test_uneven_times_are_refused():
    frames = BundledTrajectories("water_dimer").split("train")
    with pytest.raises(ValueError, match="not evenly spaced"):
        trajectories_of([frames[0], frames[1], frames[5]])


def test_a_run_with_a_gap_gives_two_stretches():
    frames = BundledTrajectories("water_dimer").split("train")
    found = trajectories_of([*frames[0:5], *frames[9:12]])
    assert [len(t.pos) for t in found] == [5, 3]
    assert torch.equal(found[1].pos[0], frames[9].pos)


def test_a_window_is_a_piece_of_the_trajectory():
    pos = torch.arange(10.0)[:, None, None].expand(10, 2, 3) ** 2
    piece = window(Trajectory(torch.tensor([1, 1]), pos, 2.0), 4, torch.tensor([1, 5]))
    assert piece.pos.eq(16).all()
    assert piece.velocity.eq((16 - 9) / 2).all()
    assert piece.time.tolist() == [[2.0, 10.0]]
    assert piece.later[:, 0].eq(25).all()
    assert piece.later[:, 1].eq(81).all()


def test_batches_depend_on_seed_and_step_only(trajectories):
    windows = TrajectoryWindows(trajectories, horizon=30.0, batch_size=5, moments=4, seed=1)
    helped = list(DataLoader(windows, batch_size=None, sampler=range(3), num_workers=1))
    for k, batch in enumerate(helped):
        assert all(torch.equal(a, b) for a, b in zip(batch, windows[k], strict=True))
        assert batch.time.shape == (5, 4)
        assert batch.later.shape == (len(batch.z), 4, 3)
        assert float(batch.time.min()) >= 2.0
        assert float(batch.time.max()) <= 30.0
    assert not torch.equal(helped[0].time, helped[1].time)
    with pytest.raises(IndexError):
        windows[len(windows)]


def test_too_short():
    with pytest.raises(ValueError, match="fewer than three frames"):
        TrajectoryWindows([Trajectory(torch.ones(1), torch.zeros(2, 1, 3), 1.0)], 10.0, 1, 1, 0)
