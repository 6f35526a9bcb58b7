import pytest
import torch

from torch_molfield.training.batches.steps import StepBatches, mix_seed


class Draws(StepBatches):
    def at(self, step, generator):
        return step, float(torch.rand((), generator=generator))


def test_an_item_is_a_function_of_seed_and_step():
    batches, later = Draws(seed=3), Draws(seed=3, first=4)
    assert [batches[k] for k in (4, 9)] == [later[k] for k in (0, 5)]
    assert batches[4][0] == 4
    assert len({Draws(seed)[k][1] for seed in (0, 1) for k in range(5)}) == 10
    assert len(batches) - len(later) == 4


def test_there_is_nothing_before_the_first_nor_after_the_last():
    batches = Draws(seed=0, first=2)
    for item in (-1, len(batches)):
        with pytest.raises(IndexError):
            batches[item]


def test_seeds_are_mixed_without_collisions():
    assert len({mix_seed(seed, step) for seed in range(50) for step in range(50)}) == 2500
