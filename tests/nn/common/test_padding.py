import torch

from torch_molfield.nn.common.padding import make_padding

BATCH = torch.tensor([0, 0, 2, 2, 2])


def test_rows_come_back_and_the_rest_is_zero():
    padding = make_padding(BATCH, 4)
    rows = torch.randn(5, 2)
    block = padding.pad(rows)
    assert block.shape == (4, 3, 2)
    assert torch.equal(padding.unpad(block), rows)
    assert padding.mask().tolist() == [[True, True, False], [False] * 3, [True] * 3, [False] * 3]
    assert block[~padding.mask()].abs().max() == 0


def test_gradients_pass():
    rows = torch.randn(5, 2, requires_grad=True)
    padding = make_padding(BATCH, 3)
    padding.unpad(padding.pad(rows) * 2).sum().backward()
    assert torch.equal(rows.grad, torch.full((5, 2), 2.0))


def test_no_rows():
    padding = make_padding(torch.zeros(0, dtype=torch.long), 2)
    assert padding.pad(torch.zeros(0, 3)).shape == (2, 0, 3)
