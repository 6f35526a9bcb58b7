import pytest
import torch

from torch_molfield.fields.base import Field


class Height(Field):
    channels = ("height",)
    parameters = ("scale",)
    chunk_size = 3

    def __init__(self, scale):
        self.scale = scale
        self.sizes = []
        self.prepared = 0

    def prepare(self, z, pos, batch):
        self.prepared += 1
        return float(pos.sum())

    def evaluate(self, points, points_batch, z, pos, batch, state):
        self.sizes.append(points.shape[0])
        return self.scale * points[:, 2:] + state


def test_queries_are_chunked_and_prepared_once():
    field = Height(2.0)
    points = torch.rand(8, 3)
    value = field(points, torch.tensor([1]), torch.ones(1, 3))
    torch.testing.assert_close(value, 2 * points[:, 2:] + 3)
    assert field.sizes == [3, 3, 2]
    assert repr(field) == "Height(scale=2.0)"


def test_a_bound_field_is_prepared_once_for_all_calls():
    field, z, pos = Height(2.0), torch.tensor([1]), torch.ones(1, 3)
    bound = field.bind(z, pos)
    for points in torch.rand(3, 4, 3):
        torch.testing.assert_close(bound(points), 2 * points[:, 2:] + 3)
    assert field.prepared == 1
    with pytest.raises(ValueError, match="points"):
        bound(torch.rand(4, 2))
    with pytest.raises(ValueError, match="pos"):
        field.bind(z, torch.ones(1, 2))


def test_empty_query_keeps_dtype_and_channels():
    value = Height(1)(torch.zeros(0, 3).double(), torch.tensor([1]), torch.ones(1, 3).double())
    assert value.shape == (0, 1)
    assert value.dtype == torch.float64


def test_a_field_without_a_formula_says_so():
    with pytest.raises(TypeError, match="does not implement evaluate"):
        Field()(torch.zeros(1, 3), torch.tensor([1]), torch.ones(1, 3))
