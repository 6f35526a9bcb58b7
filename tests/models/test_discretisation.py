"""A learned field is a function: what it predicts may not depend on how a query is drawn (DESIGN.md)."""

import pytest
import torch

from torch_molfield.data import BundledTrajectories
from torch_molfield.evaluation.surfaces import exact_distance, learned_distance, mesh_learned
from torch_molfield.fields import SignedDistanceField
from torch_molfield.models import MolField
from torch_molfield.surface import Surface, mesh_molecules

FIELD = SignedDistanceField("ses")


@pytest.fixture(scope="module")
def ethanol():
    """An unseen frame, its learned and its exact distance, and the mean error of the learned surface in Å."""
    data = BundledTrajectories(["ethanol"]).split("frames")[0]
    learned, exact = (
        learned_distance(MolField.from_pretrained("md-surfaces"), data.z, data.pos),
        exact_distance(FIELD, data),
    )
    surface = Surface(mesh_learned(learned, 0.2)[0], learned)
    points, _ = surface.sample(2000, seed=0)
    error = float(exact(torch.as_tensor(points).to(data.pos)).abs().mean())
    assert 1e-4 < error < 0.02
    return data, learned, exact, error


def points_near(pos, number, seed=0):
    generator = torch.Generator().manual_seed(seed)
    atom = torch.randint(len(pos), (number,), generator=generator)
    return pos[atom] + 1.5 * torch.randn(number, 3, generator=generator)


@torch.no_grad()
@pytest.mark.parametrize("way", ["alone", "shuffled", "amid a grid"])
def test_a_value_does_not_depend_on_the_rest_of_the_query(ethanol, way):
    data, learned, _, error = ethanol
    points = points_near(data.pos, 200)
    order = torch.randperm(200, generator=torch.Generator().manual_seed(0))
    grid = torch.cartesian_prod(*torch.linspace(-5, 5, 25).expand(3, -1))
    values = {
        "alone": lambda: torch.cat([learned(point[None]) for point in points]),
        "shuffled": lambda: learned(points[order])[order.argsort()],
        "amid a grid": lambda: learned(torch.cat([grid, points]))[-200:],
    }[way]()
    assert float((values - learned(points)).abs().max()) < min(1e-5, 0.1 * error)


@pytest.mark.parametrize("spacing", [0.3, 0.4])
def test_a_coarser_lattice_finds_the_same_surface(ethanol, spacing):
    _, learned, _, error = ethanol
    fine = Surface(mesh_learned(learned, 0.2)[0], learned)
    coarse = mesh_learned(learned, spacing)[0]
    assert float(fine.foot(coarse.vertices)[0].mean()) < 0.1 * error


@torch.no_grad()
def test_the_measured_error_does_not_depend_on_scheme_or_number(ethanol):
    data, learned, exact, error = ethanol
    true = mesh_molecules(FIELD, data.z, data.pos, spacing=0.3)[0]
    on_true = torch.as_tensor(Surface(true, exact, is_distance=True).sample(1000, seed=1)[0]).to(data.pos)
    on_learned = torch.as_tensor(Surface(mesh_learned(learned, 0.35)[0], learned).sample(700, seed=2)[0]).to(data.pos)
    back, forth = float(learned(on_true).abs().mean()), float(exact(on_learned).abs().mean())
    assert abs(forth - error) < 0.25 * error
    assert abs(back - error) < 0.25 * error


@torch.no_grad()
def test_a_volume_counted_two_ways_differs_by_less_than_the_error(ethanol):
    data, learned, exact, error = ethanol
    mesh = mesh_learned(learned, 0.2)[0]
    low, high = data.pos.amin(0) - 2.5, data.pos.amax(0) + 2.5
    axes = [torch.arange(float(a), float(b), 0.25) for a, b in zip(low, high, strict=True)]
    random = low + (high - low) * torch.rand(150_000, 3, generator=torch.Generator().manual_seed(0))
    ratios = []
    for points, width in ((torch.cartesian_prod(*axes), 0.25), (random, 0.15)):
        inside = [(0.5 - fn(points) / width).clamp(0, 1).double().sum() for fn in (learned, exact)]
        ratios.append(float(inside[0] / inside[1]))
    assert abs(ratios[0] - ratios[1]) < error * mesh.area / mesh.volume
