import pytest
import torch

from torch_molfield.nn.hyper.pooling import TokenPooling


@pytest.mark.parametrize(("queries", "columns"), [(0, 16), (1, 16), (3, 48)])
def test_columns(queries, columns):
    pooling = TokenPooling(16, queries)
    pooled = pooling(torch.randn(5, 7, 16))
    assert pooled.shape == (5, columns) == (5, pooling.out_features)


def test_the_order_of_tokens_has_no_meaning():
    torch.manual_seed(0)
    tokens = torch.randn(2, 7, 16)
    swapped = tokens[:, torch.randperm(7)]
    for queries in (0, 2):
        pooling = TokenPooling(16, queries)
        # attention has no order either: what a token is for is written in it by the learned start
        torch.testing.assert_close(pooling(swapped), pooling(tokens))
    assert torch.equal(TokenPooling(16, 0)(tokens), tokens.mean(1))


def test_bad_number():
    with pytest.raises(ValueError, match="queries must be 0"):
        TokenPooling(16, -1)
