import pytest
import torch

from torch_molfield.evaluation.surfaces import exact_distance
from torch_molfield.fields import SignedDistanceField
from torch_molfield.training.batches.clouds import normalisation, surface_cloud

FIELD = SignedDistanceField("ses")


def test_clouds_lie_on_the_surface_with_its_normals(trajectory):
    for frame, cloud in zip(*trajectory, strict=True):
        exact = exact_distance(FIELD, frame)
        assert float(exact(cloud.points).abs().max()) < 1e-3
        assert float((exact(cloud.points + 0.05 * cloud.normals) - 0.05).abs().median()) < 1e-4
        assert 0.3 < float(cloud.width.median()) < 3.0


def test_the_trajectory_fits_into_the_unit_box(trajectory):
    center, scale = normalisation(trajectory[1])
    points = torch.cat([cloud.points for cloud in trajectory[1]])
    assert float(((points - torch.tensor(center)) / scale).abs().max()) == pytest.approx(1 / 1.1)


def test_too_few_points(trajectory):
    with pytest.raises(ValueError, match="more than 50 points"):
        surface_cloud(FIELD, trajectory[0][0], 50, seed=0)
