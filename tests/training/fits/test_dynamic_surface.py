import pytest

from torch_molfield.evaluation.surfaces import exact_distance
from torch_molfield.fields import SignedDistanceField
from torch_molfield.training.fits.dynamic_surface import DynamicSurfaceFit, fit_dynamic_surface

FIELD = SignedDistanceField("ses")
SMALL = {"hidden": 64, "depth": 4, "skip": 2, "latent": 8}


def fit(clouds, steps, **options):
    settings = DynamicSurfaceFit(learning_rate=3e-3, batch_size=3, num_points=64, max_steps=steps)
    return fit_dynamic_surface(clouds, [0.0, 2.0, 4.0], settings, network=SMALL, **options)


def test_a_fit_finds_the_surfaces(trajectory):
    frames, clouds = trajectory
    model, curve = fit(clouds, 600)
    assert curve[-1][1] < 0.5 * curve[0][1]
    for k, (frame, cloud) in enumerate(zip(frames, clouds, strict=True)):
        assert float(model(cloud.points, 2.0 * k).detach().abs().mean()) < 0.15
        exact = exact_distance(FIELD, frame)
        away = cloud.points + 0.3 * cloud.normals
        assert float((model(away, 2.0 * k).detach() - exact(away)).abs().mean()) < 0.2


def test_the_rate_is_halved_twenty_times_and_the_code_learns_faster():
    settings = DynamicSurfaceFit(max_steps=1)
    rates = [settings.learning_rate_at(0, share) for share in (0.0, 0.049, 0.05, 0.99)]
    assert rates == [1e-4, 1e-4, 5e-5, 1e-4 / 2**19]
    assert (settings.share("code"), settings.share("layers.0.weight")) == (10.0, 1.0)


def test_clouds_of_another_trajectory_are_not_resumed(trajectory, tmp_path):
    path, clouds = tmp_path / "fit.ckpt", trajectory[1]
    fit(clouds, 2, checkpoint=path)
    with pytest.raises(ValueError, match="belongs to a fit with other settings"):
        fit([clouds[0], clouds[0], clouds[2]], 2, checkpoint=path)


def test_bad_input(trajectory):
    with pytest.raises(ValueError, match="do not make a trajectory"):
        fit_dynamic_surface(trajectory[1], [0.0], DynamicSurfaceFit(max_steps=1))
    with pytest.raises(ValueError, match="needs an end"):
        DynamicSurfaceFit()
