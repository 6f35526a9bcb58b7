import torch

from torch_molfield.nn.qdf.bounds import Bounds


def test_any_number_is_a_value_within_and_any_value_has_its_number():
    bounds = Bounds(0.5, 3.0)
    value = bounds.value(torch.tensor([-50.0, 0.0, 50.0]))
    torch.testing.assert_close(value, torch.tensor([0.5, 1.75, 3.0]))
    inside = torch.tensor([0.6, 1.0, 2.9])
    torch.testing.assert_close(bounds.value(bounds.free(inside)), inside)
