import pytest
import torch

from torch_molfield.fields import (
    ElectrostaticPotential,
    GaussianField,
    GridField,
    OccupancyField,
    PromolecularDensity,
    PropertyField,
    SignedDistanceField,
)

Z = torch.tensor([6, 8, 1, 1, 1, 1])
POS = torch.tensor(
    [[0.03, 0, 0.69], [-0.13, 0, -0.73], [1.09, 0, 0.98], [-0.44, 0.89, 1.07], [-0.44, -0.89, 1.07], [0.75, 0, -1.1]]
) + torch.tensor([4.0, -3.0, 7.0])  # fmt: skip
FIELDS = [
    GaussianField(),
    OccupancyField(),
    PropertyField("pauling"),
    PromolecularDensity(),
    ElectrostaticPotential(),
    SignedDistanceField("vdw"),
    SignedDistanceField("sas"),
    SignedDistanceField("ses"),
    GridField.from_field(GaussianField(), Z, POS, spacing=0.5),
]


@pytest.mark.parametrize("half", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("field", FIELDS, ids=lambda field: f"{type(field).__name__}-{getattr(field, 'surface', '')}")
def test_values_and_gradients_are_those_without_autocast(field, half):
    points = POS.repeat(10, 1) + 0.8 * torch.randn(60, 3, generator=torch.Generator().manual_seed(2))

    def derivatives():
        x, pos = points.clone().requires_grad_(), POS.clone().requires_grad_()
        values = field.bind(Z, pos)(x)
        slopes = torch.autograd.grad(values.sum(), (x, pos), allow_unused=True)
        return values, *(slope for slope in slopes if slope is not None)

    outside = derivatives()
    with torch.autocast("cpu", half):
        inside = derivatives()
        bound = field.bind(Z, POS)
        assert bound(points).dtype == torch.float32
    for a, b in zip(inside, outside, strict=True):
        assert a.dtype == torch.float32 and torch.allclose(a, b, rtol=1e-5, atol=1e-6)
