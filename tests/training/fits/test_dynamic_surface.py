import pytest
import torch

from torch_molfield.evaluation.surfaces import exact_distance
from torch_molfield.fields import SignedDistanceField
from torch_molfield.training.fits.dynamic_surface import DynamicSurfaceFit, fit_dynamic_surface

FIELD = SignedDistanceField("ses")
SMALL = {"hidden": 64, "depth": 4, "skip": 2, "latent": 8}


def fit(clouds, steps, **options):
    settings = DynamicSurfaceFit(learning_rate=3e-3, batch_size=3, num_points=64, max_steps=steps)
    return fit_dynamic_surface(clouds, [0.0, 2.0, 4.0], settings, SMALL, **options)


def test_a_fit_finds_the_surfaces(trajectory):
    frames, clouds = trajectory
    model, curve = fit(clouds, 600)
    assert curve[-1][1] < 0.5 * curve[0][1]
    for k, (frame, cloud) in enumerate(zip(frames, clouds, strict=True)):
        assert float(model(cloud.points, 2.0 * k).detach().abs().mean()) < 0.15
        exact = exact_distance(FIELD, frame)
        away = cloud.points + 0.3 * cloud.normals
        assert float((model(away, 2.0 * k).detach() - exact(away)).abs().mean()) < 0.2


def test_a_resumed_fit_ends_the_same(trajectory, tmp_path, monkeypatch):
    clouds = trajectory[1]
    whole, _ = fit(clouds, 12)
    calls = []

    def killed(module, arguments):
        calls.append(1)
        if len(calls) == 7:
            raise KeyboardInterrupt

    from torch_molfield.models import DynamicSurface

    original = DynamicSurface.evaluate
    monkeypatch.setattr(DynamicSurface, "evaluate", lambda self, *a: (killed(self, a), original(self, *a))[1])
    with pytest.raises(KeyboardInterrupt):
        fit(clouds, 12, checkpoint=tmp_path / "fit.ckpt", checkpoint_seconds=0.0)
    monkeypatch.undo()
    resumed, _ = fit(clouds, 12, checkpoint=tmp_path / "fit.ckpt")
    for name, value in whole.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name]), name


def test_a_checkpoint_of_another_fit_is_refused(trajectory, tmp_path):
    path = tmp_path / "fit.ckpt"
    fit(trajectory[1], 2, checkpoint=path)
    with pytest.raises(ValueError, match="belongs to a fit with other settings"):
        fit(trajectory[1], 3, checkpoint=path)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ValueError, match="truncated or no checkpoint"):
        fit(trajectory[1], 2, checkpoint=path)


def test_bad_input(trajectory):
    with pytest.raises(ValueError, match="do not make a trajectory"):
        fit_dynamic_surface(trajectory[1], [0.0], DynamicSurfaceFit(max_steps=1))
    with pytest.raises(ValueError, match="needs an end"):
        DynamicSurfaceFit()
