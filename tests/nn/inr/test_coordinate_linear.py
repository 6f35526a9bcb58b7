import torch

from torch_molfield.models import DynamicSurface
from torch_molfield.nn.inr.canonical import CanonicalINR
from torch_molfield.nn.inr.coordinate_linear import CoordinateLinear
from torch_molfield.nn.inr.modulated_siren import ModulatedSiren


def test_coordinates_keep_their_digits_under_autocast():
    layer, points = CoordinateLinear(3, 8), 20 + torch.rand(5, 3)
    outside = layer(points)
    with torch.autocast("cpu", torch.bfloat16):
        assert layer(points).equal(outside)


def test_layers_that_see_coordinates():
    assert isinstance(ModulatedSiren(hidden=8, depth=2, latent=4).synthesizer[0], CoordinateLinear)
    layers = DynamicSurface(hidden=64, depth=3, skip=2, latent=2).layers
    assert [isinstance(layer, CoordinateLinear) for layer in layers] == [True, False, True]


def test_the_first_layer_of_a_sine_network():
    inr = CanonicalINR(hidden=16, depth=2, encoding="siren", siren_omega=4.0)
    weight, bias = (parameter[None] for parameter in inr.initial_parameters()[:2])
    points = 20 + torch.rand(1, 5, 3)
    outside = inr._first(points, weight, bias)
    with torch.autocast("cpu", torch.bfloat16):
        assert inr._first(points, weight, bias).equal(outside)
