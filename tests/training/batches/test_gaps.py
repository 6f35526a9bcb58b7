import pytest
import torch

from torch_molfield.data import BundledTrajectories
from torch_molfield.training.batches.gaps import TrajectoryGaps, gap
from torch_molfield.training.batches.windows import trajectories_of


@pytest.fixture(scope="module")
def trajectories():
    return trajectories_of(BundledTrajectories(["water_dimer", "ethanol"]).split("train"))


def test_a_gap_holds_the_frames_around_and_between(trajectories):
    pos = trajectories[0].pos
    found = gap(trajectories[0], 10, 5)
    assert torch.equal(found.knots, pos[[5, 10, 15, 20]].transpose(0, 1))
    assert torch.equal(found.later, pos[11:15].transpose(0, 1))
    assert found.share.tolist() == [pytest.approx([0.2, 0.4, 0.6, 0.8])]


def test_beyond_an_end_is_the_mirror(trajectories):
    pos = trajectories[0].pos
    last = len(pos) - 6
    torch.testing.assert_close(gap(trajectories[0], 0, 5).knots[:, 0], 2 * pos[0] - pos[5])
    torch.testing.assert_close(gap(trajectories[0], last, 5).knots[:, 3], 2 * pos[-1] - pos[-6])


def test_batches_are_a_function_of_seed_and_step(trajectories):
    batches = TrajectoryGaps(trajectories, 5, 4, seed=3)
    resumed = TrajectoryGaps(trajectories, 5, 4, seed=3, first=7)
    assert all(torch.equal(a, b) for a, b in zip(batches[7], resumed[0], strict=True))
    assert float(batches[7].knots.sum()) != float(batches[8].knots.sum())
    found = batches[0]
    assert found.knots.shape == (len(found.z), 4, 3)
    assert found.later.shape == (len(found.z), 4, 3)
    assert found.share.shape == (4, 4)
    assert int(found.batch[-1]) == 3


def test_bad_input(trajectories):
    with pytest.raises(ValueError, match="stride must be at least 2"):
        TrajectoryGaps(trajectories, 1, 4, seed=0)
    with pytest.raises(ValueError, match=r"trajectories \[0, 1"):
        TrajectoryGaps(trajectories, 200, 4, seed=0)
    with pytest.raises(IndexError):
        TrajectoryGaps(trajectories, 5, 4, seed=0)[-1]
