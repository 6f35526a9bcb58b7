import numpy as np
import pytest
import torch

from torch_molfield.viz.slicing import slice_fields


def test_values_are_the_functions_on_the_plane_of_the_molecule():
    # three atoms in the plane z = 5, longest along y
    pos = torch.tensor([[0.0, -3, 5], [0, 3, 5], [1.5, 0, 5]], dtype=torch.float64)
    cut = slice_fields(pos, lambda p: p[:, 2], lambda p: (p - pos[2]).norm(dim=1), spacing=0.1, margin=1.0)
    assert cut.true.shape == cut.learned.shape == (len(cut.y), len(cut.x))
    assert cut.true == pytest.approx(5.0)
    assert cut.atoms[:, 2] == pytest.approx(0.0, abs=1e-9)
    assert np.ptp(cut.x) > np.ptp(cut.y)
    x, y = np.meshgrid(cut.x, cut.y)
    assert cut.learned == pytest.approx(np.hypot(x - cut.atoms[2, 0], y - cut.atoms[2, 1]), abs=1e-5)


@pytest.mark.parametrize("count", [1, 2])
def test_molecules_without_a_plane_are_cut_too(count):
    pos = torch.arange(3 * count, dtype=torch.float32).reshape(count, 3)
    cut = slice_fields(pos, lambda p: p[:, 0], lambda p: p[:, 0], spacing=0.5)
    assert np.isfinite(cut.true).all()
    assert np.array_equal(cut.true, cut.learned)
