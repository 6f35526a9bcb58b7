import pytest
import torch
from torch.autograd import gradcheck, gradgradcheck

from torch_molfield.nn.table_rows import CHUNK, weighted_rows


def given(count=5, rows=9, channels=3, seed=0):
    generator = torch.Generator().manual_seed(seed)
    weights = torch.randn(count, 4, generator=generator, dtype=torch.float64)
    index = torch.randint(rows, (count, 4), generator=generator)
    table = torch.randn(rows, channels, generator=generator, dtype=torch.float64)
    return weights.requires_grad_(), index, table.requires_grad_()


def test_it_is_a_weighted_sum_of_rows():
    weights, index, table = given()
    expected = torch.einsum("ek,ekc->ec", weights, table[index])
    torch.testing.assert_close(weighted_rows(weights, index, table), expected)


@pytest.mark.parametrize("repeated", [False, True])
def test_derivatives_of_first_and_second_order(repeated):
    weights, index, table = given()
    index = index[:1].expand(5, 4).contiguous() if repeated else index  # all values name the same rows
    assert gradcheck(lambda w, t: weighted_rows(w, index, t), (weights, table))
    assert gradgradcheck(lambda w, t: weighted_rows(w, index, t), (weights, table))


def test_third_order():
    weights, index, table = given(2, 5, 2)

    def slope(w, t):
        return torch.autograd.grad(weighted_rows(w, index, t).square().sum(), w, create_graph=True)[0]

    assert gradgradcheck(slope, (weights, table))


def test_many_values_are_taken_in_parts():
    weights, index, table = given(CHUNK + 7)
    upstream = torch.randn(CHUNK + 7, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    plain = torch.einsum("ek,ekc->ec", weights, table[index])
    expected, found = (
        torch.autograd.grad((rows * upstream).sum(), [weights, table])
        for rows in (plain, weighted_rows(weights, index, table))
    )
    torch.testing.assert_close(found, expected)


def test_no_value_at_all():
    weights, index, table = torch.zeros(0, 4, requires_grad=True), torch.zeros(0, 4, dtype=torch.long), torch.ones(5, 3)
    table.requires_grad_()
    rows = weighted_rows(weights, index, table)
    assert rows.shape == (0, 3)
    rows.sum().backward()
    assert torch.equal(table.grad, torch.zeros(5, 3))
