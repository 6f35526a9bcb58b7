import torch

from torch_molfield.nn.generative.conditions import WITH_ONE, WITHOUT, Conditions, leave_out


def test_values_are_reduced_and_absent_ones_told():
    conditions = Conditions(["alpha", "gap"])
    assert conditions.channels == 4 and not conditions.measured
    conditions.measure(torch.tensor([[1.0, 10.0], [3.0, 10.0]]))
    assert conditions.measured
    found = conditions(torch.tensor([[3.0, torch.nan], [torch.nan, torch.nan]]))
    torch.testing.assert_close(found, torch.tensor([[1.0, 0, 1, 0], [0, 0, 0, 0]]))
    assert conditions.least.tolist() == [1.0, 10.0] and conditions.most.tolist() == [3.0, 10.0]


def test_without_properties_there_are_no_numbers():
    assert Conditions([])(torch.zeros(3, 0)).shape == (3, 0)


def test_training_shows_every_choice_of_values():
    values = torch.ones(20000, 3)
    given = ~leave_out(values, torch.Generator().manual_seed(0)).isnan()
    number = given.sum(1)
    some = 1 - WITHOUT - WITH_ONE
    expected = [WITHOUT + some / 8, WITH_ONE + some * 3 / 8, some * 3 / 8, some / 8]
    for count, share in enumerate(expected):
        assert abs(float((number == count).float().mean()) - share) < 0.015
    assert float((given.float().mean(0) - given.float().mean()).abs().max()) < 0.02
    assert leave_out(torch.ones(4, 0), torch.Generator()).shape == (4, 0)
