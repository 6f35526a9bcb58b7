import pytest
import torch

from torch_molfield.data import from_smiles
from torch_molfield.data.elements import vdw_radii
from torch_molfield.evaluation.surfaces import (
    evaluate_surfaces,
    exact_distance,
    learned_distance,
    mean_figures,
    mesh_learned,
)
from torch_molfield.fields import SignedDistanceField
from torch_molfield.nn.inr.learned_distance import PROBE

FIELD = SignedDistanceField("vdw")


class Shifted:
    """A model that has learned the exact surface, a little too wide."""

    def __init__(self, shift):
        self.shift = shift

    def __call__(self, z, pos, batch=None):
        return lambda points, points_batch=None: FIELD(points, z, pos, points_batch, batch) - self.shift


@pytest.fixture(scope="module")
def molecules():
    return [from_smiles("O"), from_smiles("C"), from_smiles("N")]


def test_figures_of_a_known_error(molecules):
    surfaces = list(evaluate_surfaces(Shifted(0.05), FIELD, molecules, spacing=0.25, samples=1000, batch_size=2))
    assert [surface.data for surface in surfaces] == molecules
    for surface in surfaces:
        assert surface.comparison.mean_distance == pytest.approx(0.05, rel=0.1)
        assert surface.comparison.band_error == pytest.approx(0.05, rel=0.01)
        assert surface.comparison.volume_ratio > 1.05
        assert surface.learned.is_watertight


def test_a_perfect_model_has_no_error(molecules):
    (surface,) = evaluate_surfaces(Shifted(0.0), FIELD, molecules[:1], samples=1000)
    assert surface.comparison.mean_distance < 1e-3
    assert surface.comparison.iou > 0.999


def test_mean_figures(molecules):
    comparisons = [s.comparison for s in evaluate_surfaces(Shifted(0.1), FIELD, molecules, samples=500)]
    assert mean_figures(comparisons)["iou"] == pytest.approx(sum(c.iou for c in comparisons) / 3)


def test_nonsense_far_away_is_closed_near_the_atoms(molecules):
    def model(z, pos, batch=None):
        return lambda points, points_batch=None: torch.full((len(points), 1), -1.0)

    data = molecules[0]
    learned = learned_distance(model, data.z, data.pos)
    (mesh,) = mesh_learned(learned, 0.25)
    to_nuclei = torch.cdist(torch.as_tensor(mesh.vertices).to(data.pos), data.pos)
    to_spheres = (to_nuclei - vdw_radii(data.z)).amin(1)
    assert mesh.is_watertight
    torch.testing.assert_close(to_spheres, torch.full_like(to_spheres, PROBE), atol=0.02, rtol=0)


def test_exact_distance(molecules):
    data, points = molecules[1], torch.randn(5, 3)
    torch.testing.assert_close(exact_distance(FIELD, data)(points), FIELD(points, data.z, data.pos)[:, 0])
