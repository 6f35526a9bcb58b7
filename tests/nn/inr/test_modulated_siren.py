import pytest
import torch

from torch_molfield.nn.inr.modulated_siren import ModulatedSiren


def network(**settings):
    torch.manual_seed(0)
    return ModulatedSiren(**{"channels": 3, "latent": 8, "hidden": 32, "depth": 3} | settings)


@pytest.mark.parametrize("settings", [{}, {"spectrum": "gaussian"}, {"channel_input": True}, {"channels": 1}])
def test_every_shape_has_its_own_function(settings):
    siren = network(**settings)
    points, latents = 2 * torch.rand(2, 5, 3) - 1, torch.randn(2, 8)
    values = siren(points, latents)
    assert values.shape == (2, 5, settings.get("channels", 3))
    torch.testing.assert_close(siren(points[1:], latents[1:]), values[1:])
    assert not torch.allclose(siren(points, latents.flip(0)), values, atol=1e-3)


def test_the_formula():
    siren = network(depth=2, offset=0.0).double()
    x, z = torch.rand(1, 1, 3).double(), torch.randn(1, 8).double()
    (w0, w1), (u0, u1) = siren.synthesizer, siren.modulator
    first = torch.relu(u0(z[0]))
    h = first * torch.sin(30 * (w0.weight @ x[0, 0] + w0.bias))
    h = torch.relu(u1(torch.cat([first, z[0]]))) * torch.sin(w1.weight @ h + w1.bias)
    torch.testing.assert_close(siren(x, z)[0, 0], siren.last.weight @ h + siren.last.bias)


def test_the_channel_coordinate_is_one_network_at_several_places():
    siren = network(channel_input=True)
    x, z = torch.rand(1, 4, 3), torch.randn(1, 8)
    middle = torch.cat([x, torch.zeros(1, 4, 1)], dim=-1)
    torch.testing.assert_close(siren(x, z)[..., 1:2], siren._evaluate(middle, z))
    assert siren.last.out_features == 1


@torch.no_grad()
@pytest.mark.parametrize("spectrum", ["siren", "gaussian"])
def test_the_start_keeps_the_signal_at_any_depth(spectrum):
    siren = network(hidden=256, depth=8, spectrum=spectrum)
    h = siren.omega * siren.synthesizer[0](2 * torch.rand(1, 2000, 3) - 1)
    for k in range(8):
        h = torch.sin(siren.synthesizer[k](h) if k else h)
    assert 0.5 < float(h.std()) < 0.8
    assert float(siren(2 * torch.rand(1, 2000, 3) - 1, torch.zeros(1, 8)).std()) > 0.1


def test_paper_size():
    siren = ModulatedSiren(channels=6, latent=128, channel_input=True)
    assert sum(p.numel() for p in siren.parameters()) == pytest.approx(1.19e6, rel=0.03)


@pytest.mark.parametrize(
    ("settings", "words"), [({"depth": 0}, "no network"), ({"omega": 0.0}, "no network"), ({"spectrum": "x"}, "siren")]
)
def test_bad_settings(settings, words):
    with pytest.raises(ValueError, match=words):
        network(**settings)


def test_a_latent_of_the_wrong_length():
    with pytest.raises(ValueError, match="length 5.*made for 8"):
        network()(torch.rand(1, 2, 3), torch.rand(1, 5))


def test_a_lattice_adds_features_of_place():
    siren = network(lattice=6, lattice_features=4)
    x, z = torch.rand(2, 5, 3), torch.randn(2, 8)
    before = siren(x, z)
    siren.lattice.table.data += torch.randn_like(siren.lattice.table)
    assert before.shape == (2, 5, 3)
    assert not torch.allclose(siren(x, z), before, atol=1e-3)


def test_a_code_chooses_among_the_features_of_the_lattice():
    siren = network(lattice=4, lattice_features=2)
    with torch.no_grad():
        siren.lattice.table.normal_()
        siren.choose.weight.zero_()
        siren.choose.bias.copy_(torch.tensor([-1.0, 0.0]))
    points, latents = 2 * torch.rand(1, 5, 3) - 1, torch.randn(1, 8)
    before = siren(points, latents)
    with torch.no_grad():
        siren.lattice.table[:, 0] += 1.0
    torch.testing.assert_close(siren(points, latents), before)
    with torch.no_grad():
        siren.lattice.table[:, 1] += 1.0
    assert not torch.allclose(siren(points, latents), before, atol=1e-3)
