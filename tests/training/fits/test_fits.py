"""What all fits share: signature, result, checkpoints, progress."""

import inspect

import pytest
import torch

from torch_molfield.data import BundledTrajectories, from_smiles
from torch_molfield.fields import GaussianField, SignedDistanceField
from torch_molfield.fields.targets import common_box
from torch_molfield.models import GraphNeuralField, GridNeuralField
from torch_molfield.training import (
    DynamicSurfaceFit,
    NeuralFieldFit,
    SurfaceFit,
    fit_autoencoder,
    fit_dynamic_surface,
    fit_latent,
    fit_neural_field,
    fit_surface,
    molecule_target,
)
from torch_molfield.training.fits.loop import FitResult
from torch_molfield.training.fits.neural_field_settings import paper_fit

FITS = (fit_neural_field, fit_latent, fit_autoencoder, fit_dynamic_surface, fit_surface)
SHARED = {"checkpoint": None, "checkpoint_every_seconds": 60.0, "progress": None, "device": "cpu"}
FIELD = GaussianField(channels=("H", "C", "O"))
SMALL = {"latent": 8, "hidden": 16, "depth": 2, "lattice": 6}
TRUNK = {"hidden": 8, "depth": 2, "width": 16, "vectors": 2, "heads": 2, "num_frequencies": 8, "token_layers": 1}
QUICK = {"pool": 600, "num_points": 32, "batch_size": 2}
STEPS = 9


@pytest.mark.parametrize("fit", FITS)
def test_one_signature(fit):
    parameters = list(inspect.signature(fit).parameters.values())
    keywords = {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY and p.name != "network"}
    assert keywords == SHARED
    positional = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert positional[-1] == "settings"


@pytest.fixture(scope="module")
def shapes():
    data = [from_smiles(smiles) for smiles in ("CCO", "OCCO", "CCC")]
    return [molecule_target(FIELD, one.z, one.pos) for one in data]


@pytest.fixture(scope="module")
def fits(shapes, trajectory):
    """By name: a fit of some steps with options, tiny and seeded."""
    decoder, _ = fit_neural_field(shapes, NeuralFieldFit(max_steps=2, **QUICK), network=SMALL)
    clouds = trajectory[1]

    def autoencoder(cls, more):
        def fit(settings, **options):
            torch.manual_seed(0)
            model = cls(channels=FIELD.channels, half_width=common_box(shapes), network=SMALL, **more)
            return fit_autoencoder(model, shapes, settings, **options)

        return fit, lambda **given: NeuralFieldFit(**QUICK, **given)

    return {
        "neural_field": (
            lambda settings, **options: fit_neural_field(shapes, settings, network=SMALL, **options),
            lambda **given: NeuralFieldFit(**QUICK, **given),
        ),
        "paper": (
            lambda settings, **options: fit_neural_field(
                shapes[:1], settings, network={**SMALL, "lattice": 0}, **options
            ),
            lambda **given: paper_fit(grid=4, **given),
        ),
        "latent": (
            lambda settings, **options: fit_latent(decoder, shapes[1], settings, **options),
            lambda **given: NeuralFieldFit(**QUICK, **given),
        ),
        "grid_autoencoder": autoencoder(GridNeuralField, {"grid": 8}),
        "graph_autoencoder": autoencoder(GraphNeuralField, {"field": TRUNK}),
        "dynamic_surface": (
            lambda settings, **options: fit_dynamic_surface(
                clouds, [0.0, 2.0, 4.0], settings, network={"hidden": 16, "depth": 4, "skip": 2, "latent": 4}, **options
            ),
            lambda **given: DynamicSurfaceFit(batch_size=2, num_points=16, **given),
        ),
        "surface": (
            lambda settings, **options: fit_surface(
                SignedDistanceField("ses"), BundledTrajectories("water_dimer")[0], settings,
                network={"hidden": 8, "depth": 2}, **options,
            ),
            lambda **given: SurfaceFit(pool=200, num_points=16, **given),
        ),
    }  # fmt: skip


NAMES = ("neural_field", "paper", "latent", "grid_autoencoder", "graph_autoencoder", "dynamic_surface", "surface")


def weights(model):
    state = model.state_dict() if isinstance(model, torch.nn.Module) else {"latent": model.latent}
    return {name: value.clone() for name, value in state.items()}


@pytest.mark.parametrize("name", NAMES)
def test_a_killed_fit_ends_the_same_and_other_settings_are_refused(fits, name, tmp_path):
    fit, settings = fits[name]
    path, shares = tmp_path / "fit.ckpt", []

    def killed(share, state):
        shares.append(share)
        if state.step == 5:
            raise KeyboardInterrupt

    result = fit(settings(max_steps=STEPS))
    assert isinstance(result, FitResult)
    whole = weights(result.model)
    with pytest.raises(KeyboardInterrupt):
        fit(settings(max_steps=STEPS), checkpoint=path, checkpoint_every_seconds=0, progress=killed)
    assert shares == [(k + 1) / STEPS for k in range(5)]
    model, curve = fit(settings(max_steps=STEPS), checkpoint=path)
    assert [loss for _, loss in curve] == [loss for _, loss in result.curve]
    resumed = weights(model)
    assert whole.keys() == resumed.keys()
    for key, value in whole.items():
        assert torch.equal(resumed[key], value), key
    later = weights(fit(settings(max_steps=STEPS + 2), checkpoint=path).model)
    assert any(not torch.equal(later[key], value) for key, value in whole.items())
    assert [entry.name for entry in tmp_path.iterdir()] == ["fit.ckpt"]
    with pytest.raises(ValueError, match="belongs to a fit with other settings"):
        fit(settings(max_steps=STEPS, seed=1), checkpoint=path)
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(ValueError, match="truncated"):
        fit(settings(max_steps=STEPS), checkpoint=path)


@pytest.mark.parametrize("name", NAMES)
def test_a_fit_ends_by_time_too(fits, name):
    fit, settings = fits[name]
    seen = []
    _, curve = fit(settings(max_minutes=1e-9), progress=lambda share, state: seen.append((share, state.step)))
    assert seen == [(1.0, 1)] and len(curve) == 1


@pytest.mark.parametrize("name", NAMES)
def test_a_fit_runs_on_the_device(fits, name, other_device, monkeypatch):
    adam = torch.optim.Adam
    monkeypatch.setattr(torch.optim, "Adam", lambda groups, fused: adam(groups))  # fused knows CPU and GPU alone
    fit, settings = fits[name]
    expected, losses = fit(settings(max_steps=3))
    expected = weights(expected)
    model, curve = fit(settings(max_steps=3), device=str(other_device))
    assert curve[0][1] == pytest.approx(losses[0][1], rel=1e-3)
    for key, value in weights(model).items():
        assert value.device.type == other_device.type, key
        torch.testing.assert_close(value.cpu(), expected[key], atol=1e-2, rtol=0)
