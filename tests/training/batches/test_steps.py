import pytest
import torch

from torch_molfield.training.batches.steps import StepBatches, seeded


class Draws(StepBatches):
    def at(self, step, generator):
        return step, float(torch.rand((), generator=generator))


def test_an_item_is_a_function_of_seed_and_step():
    batches, later = Draws(seed=3), Draws(seed=3, first=4)
    assert [batches[k] for k in (4, 9)] == [later[k] for k in (0, 5)]
    assert batches[4][0] == 4
    assert len({Draws(seed)[k][1] for seed in (0, 1) for k in range(5)}) == 10
    assert len(batches) - len(later) == 4


def test_processes_and_accumulated_batches_share_one_sequence():
    def taken(world, accumulate, step):
        found = []
        for rank in range(world):
            batches = Draws(seed=0, first=step)
            batches.rank, batches.world, batches.accumulate = rank, world, accumulate
            found += [batches[k] for k in range(accumulate)]
        return sorted(found)

    for step in range(3):
        assert [number for number, _ in taken(1, 4, step)] == [4 * step + k for k in range(4)]
        assert taken(1, 4, step) == taken(2, 2, step) == taken(4, 1, step)


def test_there_is_nothing_before_the_first_nor_after_the_last():
    batches = Draws(seed=0, first=2)
    for item in (-1, len(batches)):
        with pytest.raises(IndexError):
            batches[item]


def test_global_draws_are_a_function_of_seed_and_step_and_leave_no_trace():
    def draw(seed, step):
        with seeded(seed, step, torch.device("cpu")):
            return torch.rand(3)

    torch.manual_seed(7)
    before = torch.get_rng_state()
    first, again = draw(1, 5), draw(1, 5)
    assert torch.equal(first, again)
    assert not torch.equal(first, draw(1, 6)) and not torch.equal(first, draw(2, 5))
    assert torch.equal(torch.get_rng_state(), before)
