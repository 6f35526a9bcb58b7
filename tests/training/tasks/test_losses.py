import pytest
import torch

from torch_molfield.training.tasks.losses import distance_loss, eikonal_loss, normal_loss

VALUES = torch.tensor([0.0, 0.5, -2.0])
NORMALS = torch.eye(3)


def test_distances_count_by_nearness():
    predicted = VALUES + torch.tensor([0.1, -0.2, 0.5])
    assert float(distance_loss(predicted, VALUES)) == pytest.approx((0.1 + 0.2 / 2 + 0.5 / 5) / 3)
    assert float(distance_loss(VALUES, VALUES)) == 0


def test_eikonal():
    slopes = torch.tensor([[2.0, 0.0, 0.0], [0.0, 0.6, 0.8], [0.0, 0.0, 0.0]])
    assert float(eikonal_loss(slopes)) == pytest.approx((1 + 0 + 1) / 3)


def test_normals_have_a_sign():
    assert float(normal_loss(torch.eye(3), NORMALS, VALUES)) < 1e-6
    assert float(normal_loss(-torch.eye(3), NORMALS, VALUES)) == pytest.approx(2 * (1 + 1 / 2 + 1 / 5) / 3)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_gradients_are_finite_where_a_length_is_zero(dtype):
    slopes = torch.zeros(3, 3, dtype=dtype, requires_grad=True)
    exact = torch.eye(3, dtype=dtype).requires_grad_()
    (eikonal_loss(slopes) + normal_loss(exact, NORMALS, VALUES)).backward()
    assert torch.isfinite(slopes.grad).all()
    assert torch.isfinite(exact.grad).all()
