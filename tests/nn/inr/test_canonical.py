import pytest
import torch

from torch_molfield.nn import CanonicalINR


def parameters_of(inr, molecules, dtype=torch.float32):
    sets = [inr.initial_parameters() for _ in range(molecules)]
    return [torch.stack(column).to(dtype) for column in zip(*sets, strict=True)]


@pytest.fixture(params=["fourier", "siren"])
def inr(request):
    torch.manual_seed(0)
    return CanonicalINR(channels=2, hidden=16, depth=3, encoding=request.param, num_frequencies=12)


def test_a_batch_is_its_molecules_one_by_one(inr):
    points, parameters = torch.randn(3, 7, 3), parameters_of(inr, 3)
    values = inr(points, parameters)
    assert values.shape == (3, 7, 2)
    for m in range(3):
        single = inr(points[m : m + 1], [p[m : m + 1] for p in parameters])
        torch.testing.assert_close(values[m : m + 1], single)
    assert (values[0] - values[1]).abs().max() > 1e-3


def test_specs_describe_the_parameters(inr):
    for spec, value in zip(inr.specs, inr.initial_parameters(), strict=True):
        assert value.shape == spec.shape
        assert value.numel() == spec.numel
    assert inr.specs[0].shape == (16, inr.in_features)
    assert inr.specs[-1].shape == (2,)


@pytest.mark.parametrize("encoding", ["fourier", "siren"])
def test_activations_start_at_order_one(encoding):
    torch.manual_seed(1)
    inr = CanonicalINR(channels=1, hidden=128, depth=4, encoding=encoding, num_frequencies=256)
    h = inr.encode(4 * torch.rand(1, 2000, 3) - 2)
    weights = parameters_of(inr, 1)
    for layer in range(4):
        before = h @ weights[2 * layer][0].T
        assert 0.3 < float(before.detach().std()) < 3.0, f"layer {layer}"
        step = torch.sin(before) if encoding == "siren" else torch.nn.functional.silu(before)
        h = step if encoding == "siren" or layer == 0 else h + step


def test_derivatives_are_those_of_finite_differences(inr):
    inr = inr.double()
    parameters = parameters_of(inr, 2, torch.float64)
    points = torch.randn(2, 5, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: inr(x, parameters), points)
    assert torch.autograd.gradgradcheck(lambda x: inr(x, parameters), points)


def test_unknown_encoding():
    with pytest.raises(ValueError, match="encoding 'hash' is unknown; choose one of fourier, siren"):
        CanonicalINR(encoding="hash")


@pytest.mark.parametrize("activation", ["silu", "sine"])
def test_activation(activation: str) -> None:
    inr = CanonicalINR(channels=1, hidden=8, depth=2, num_frequencies=6, activation=activation)
    parameters = [p.unsqueeze(0) for p in inr.initial_parameters()]
    points = torch.randn(1, 5, 3)
    first = inr.encode(points) @ parameters[0].transpose(1, 2) + parameters[1]
    function = torch.sin if activation == "sine" else torch.nn.functional.silu
    h = function(first)
    h = h + function(h @ parameters[2].transpose(1, 2) + parameters[3])
    expected = h @ parameters[4].transpose(1, 2) + parameters[5]
    torch.testing.assert_close(inr(points, parameters), expected)


def test_unknown_activation() -> None:
    with pytest.raises(ValueError, match="activation 'relu' is unknown"):
        CanonicalINR(activation="relu")


@pytest.mark.parametrize("asked", [1, 50, 300])
def test_pieces_are_the_whole(inr, asked, monkeypatch):
    monkeypatch.setattr("torch_molfield.nn.inr.canonical.CACHED", 1500)
    points, parameters = torch.randn(20, asked, 3), parameters_of(inr, 20)
    with torch.no_grad():
        pieces = inr(points, parameters)
    torch.testing.assert_close(pieces, inr(points, parameters))


@pytest.mark.parametrize("activation", ["silu", "sine"])
def test_what_is_given_is_not_overwritten(activation):
    inr = CanonicalINR(2, hidden=8, num_frequencies=4, activation=activation)
    given = [torch.randn(3, 5, 3), *parameters_of(inr, 3)]
    before = [tensor.detach().clone() for tensor in given]
    with torch.no_grad():
        inr(given[0], given[1:])
    for now, then in zip(given, before, strict=True):
        assert torch.equal(now, then)


def test_the_first_layer_is_one_of_the_whole_encoding():
    inr = CanonicalINR(1, hidden=8, depth=1, num_frequencies=4)
    points, parameters = torch.randn(3, 5, 3), parameters_of(inr, 3)
    hidden = torch.nn.functional.silu(inr.encode(points) @ parameters[0].mT + parameters[1][:, None])
    torch.testing.assert_close(inr(points, parameters), hidden @ parameters[2].mT + parameters[3][:, None])
