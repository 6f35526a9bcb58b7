import math

import pytest
import torch

from torch_molfield.models import DynamicSurface

SMALL = {"hidden": 64, "depth": 4, "skip": 2, "latent": 8}


@torch.no_grad()
def test_it_starts_as_a_sphere():
    torch.manual_seed(0)
    model = DynamicSurface(center=(1.0, 2.0, 3.0), scale=5.0)
    direction = torch.nn.functional.normalize(torch.randn(500, 3), dim=1)
    points = torch.tensor([1.0, 2.0, 3.0]) + 5.0 * direction
    inside, outside = (model(torch.tensor([1.0, 2.0, 3.0]) + s * 5.0 * direction, 0.5) for s in (0.3, 1.7))
    assert float(model(points, 0.5).abs().mean()) < 1.5
    assert float(inside.max()) < 0
    assert float(outside.min()) > 0


def test_time_is_scaled_to_the_trajectory():
    torch.manual_seed(0)
    here = DynamicSurface(**SMALL, start=10.0, interval=20.0)
    unit = DynamicSurface(**SMALL, start=-1.0, interval=2.0)
    unit.load_state_dict(here.state_dict())
    points = torch.randn(7, 3)
    torch.testing.assert_close(here(points, 15.0), unit(points, -0.5))
    times = torch.linspace(10.0, 30.0, 7)
    each = torch.cat([here(p[None], float(t)) for p, t in zip(points, times, strict=True)])
    torch.testing.assert_close(here(points, times), each)


def test_a_distance_has_the_unit_of_the_points():
    """Scale λ: f_λ(λx) = λ f(x)."""
    torch.manual_seed(0)
    one, ten = DynamicSurface(**SMALL), DynamicSurface(**SMALL, scale=10.0)
    ten.load_state_dict(one.state_dict())
    points = torch.randn(20, 3)
    torch.testing.assert_close(ten(10 * points, 0.0), 10 * one(points, 0.0))
    torch.testing.assert_close(ten.at(0.3)(points)[:, 0], ten(points, 0.3))


@torch.no_grad()
def test_sizes_are_those_of_the_paper():
    model = DynamicSurface()
    assert [tuple(layer.weight.shape) for layer in model.layers] == [
        (512, 196),
        (512, 512),
        (512, 512),
        (316, 512),
        *[(512, 512)] * 4,
    ]
    assert model.code.shape == (192,)
    assert float(model.last.weight.mean()) == pytest.approx(math.sqrt(math.pi / 512), rel=1e-3)


def test_save_and_load(tmp_path):
    model = DynamicSurface(**SMALL, center=(1.0, 0.0, 0.0), scale=3.0, interval=50.0)
    model.code.data.normal_()
    again = DynamicSurface.from_pretrained(model.save_pretrained(tmp_path / "dsr"))
    points = torch.randn(5, 3)
    torch.testing.assert_close(again(points, 7.0), model(points, 7.0))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"skip": 8}, "make no network"),
        ({"hidden": 0}, "make no network"),
        ({"scale": 0.0}, "must be positive"),
        ({"interval": -1.0}, "must be positive"),
        ({"hidden": 64}, "must exceed the"),
    ],
)
def test_nonsense_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        DynamicSurface(**settings)
