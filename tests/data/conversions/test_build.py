import numpy as np
import pytest
import torch

from torch_molfield.data.conversions.build import build_molecule, float_rows


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_arrays_become_a_molecule(dtype):
    positions = np.array([[0.0, 0.0, 0.1], [0.0, 0.0, 1.0]])
    data = build_molecule(np.array([6, 8], dtype=np.uint8), positions, dtype)
    assert data.z.dtype == torch.int64
    assert data.pos.dtype == dtype
    assert torch.equal(data.pos, torch.from_numpy(positions).to(dtype))
    positions[0] = 9.0
    assert data.pos[0, 2] == torch.tensor(0.1, dtype=dtype), "the caller's array must not be shared"


@pytest.mark.parametrize(
    ("numbers", "positions", "sentence"),
    [
        ([], np.zeros((0, 3)), "at least one atom"),
        ([0], np.zeros((1, 3)), "atomic number"),
        ([1, 1], np.zeros((2, 3)), "two atoms at one place"),
        ([1], np.full((1, 3), np.nan), "NaN"),
        ([1], np.full((1, 3), 1e6), "cannot resolve"),
    ],
)
def test_bad_arrays(numbers, positions, sentence):
    with pytest.raises(ValueError, match=sentence):
        build_molecule(numbers, positions)


def test_float_rows():
    assert float_rows([1, 2, 3], (1, 3), torch.float64).tolist() == [[1.0, 2.0, 3.0]]
