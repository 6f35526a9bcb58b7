import pytest
import torch

from torch_molfield.nn.hyper.attention import Attention, WeightTokenBlock


def test_masked_rows_are_not_seen():
    torch.manual_seed(0)
    block = WeightTokenBlock(16, 4)
    tokens, condition = torch.randn(2, 5, 16), torch.randn(2, 6, 16)
    mask = torch.tensor([[True] * 6, [True] * 3 + [False] * 3])
    changed = condition.clone()
    changed[1, 3:] = 100.0
    torch.testing.assert_close(block(tokens, condition, mask), block(tokens, changed, mask))
    torch.testing.assert_close(block(tokens, condition, mask)[1:], block(tokens[1:], condition[1:, :3], None))
    assert (block(tokens, condition, None) - block(tokens, changed, None)).abs().max() > 1e-3


def test_the_order_of_the_condition_has_no_meaning():
    torch.manual_seed(0)
    block = WeightTokenBlock(16, 4)
    tokens, condition = torch.randn(1, 5, 16), torch.randn(1, 6, 16)
    torch.testing.assert_close(block(tokens, condition, None), block(tokens, condition.flip(1), None))


def test_attention_by_hand():
    torch.manual_seed(0)
    attention = Attention(8, 2)
    x, memory = torch.randn(1, 3, 8), torch.randn(1, 4, 8)
    q, (k, v) = attention.query(x)[0], attention.memory(memory)[0].chunk(2, dim=-1)
    heads = []
    for part in (slice(0, 4), slice(4, 8)):
        share = torch.softmax(q[:, part] @ k[:, part].T / 2.0, dim=-1)
        heads.append(share @ v[:, part])
    torch.testing.assert_close(attention(x, memory)[0], attention.out(torch.cat(heads, dim=-1)))


def test_forces_can_be_trained_through_it():
    torch.manual_seed(0)
    attention = Attention(4, 2).double()
    x, memory = (torch.randn(1, n, 4, dtype=torch.float64, requires_grad=True) for n in (2, 3))
    mask = torch.tensor([[True, True, False]])
    assert torch.autograd.gradgradcheck(lambda a, b: attention(a, b, mask), (x, memory))


def test_heads_must_divide_the_width():
    with pytest.raises(ValueError, match="heads=3 must divide the width 16"):
        Attention(16, 3)
