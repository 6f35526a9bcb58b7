import pytest
import torch

from torch_molfield.nn.inr.grid_encoder import GridEncoder


def test_a_code_does_not_depend_on_the_rest_of_the_batch():
    torch.manual_seed(0)
    encoder, grids = GridEncoder(2, 12), torch.rand(3, 2, 6, 6, 6)
    codes = encoder(grids)
    assert codes.shape == (3, 12)
    torch.testing.assert_close(encoder(grids[1:2]), codes[1:2])
    assert not torch.allclose(codes[0], codes[1], atol=1e-4)


def test_bad_shapes():
    with pytest.raises(ValueError, match=r"\[B, 2, n, n, n\]"):
        GridEncoder(2, 4)(torch.rand(1, 3, 4, 4, 4))
    with pytest.raises(ValueError, match="no encoder"):
        GridEncoder(0, 4)
