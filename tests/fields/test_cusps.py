import pytest
import torch

from tests.fields.brute import box_points
from torch_molfield.fields import SignedDistanceField
from torch_molfield.fields._accessible import nearest_accessible
from torch_molfield.fields._cusps import nearest_outside
from torch_molfield.fields.signed_distance import Boundaries

PROBE = 1.4
#: carbons so far apart that the probe almost passes: spindle tori, probes meeting below planes, both
SHAPES = {
    "pair": [[0.0, 0.0, 0.0], [5.9, 0.0, 0.0]],
    "triangle": [[0.0, 0.0, 0.0], [5.2, 0.0, 0.0], [2.6, 4.5, 0.0]],
    "uneven": [[0.0, 0.0, 0.0], [5.7, 0.0, 0.0], [2.2, 4.3, 0.0]],
    "tetrahedron": [[0.0, 0.0, 0.0], [5.2, 0.0, 0.0], [2.6, 4.5, 0.0], [2.6, 1.5, 4.3]],
}


def shape(name):
    pos = torch.tensor(SHAPES[name], dtype=torch.float64)
    return torch.full((len(pos),), 6), pos


def test_tip_of_the_spindle_torus():
    z, pos = shape("pair")
    points = torch.tensor([[2.95, 0.1, 0.0], [2.95, 0.0, 0.0], [2.80, 0.02, 0.05]], dtype=torch.float64)
    ring = (3.1**2 - 2.95**2) ** 0.5
    tips = torch.tensor([[2.95 + s * (PROBE**2 - ring**2) ** 0.5, 0.0, 0.0] for s in (1, -1)], dtype=torch.float64)
    expected = torch.cdist(points, tips).amin(1, keepdim=True)
    torch.testing.assert_close(SignedDistanceField("ses")(points, z, pos), expected, atol=1e-9, rtol=0)


@pytest.mark.parametrize("name", SHAPES)
def test_targets_lie_in_the_volume_and_none_is_nearer(name):
    z, pos = shape(name)
    field, points = SignedDistanceField("ses"), box_points(pos, 20_000, 1.0)
    state = field.prepare(z, pos, torch.zeros_like(z)).exact
    local, owner = points - state.origin, torch.zeros(len(points), dtype=torch.long)
    near = nearest_accessible(local, owner, state)
    cusps = field._cusps(local, owner, near, Boundaries(state, state))
    assert cusps.index.numel() > 20
    at_target = nearest_accessible(cusps.target, owner[: len(cusps.target)], state)
    assert (at_target.depth - PROBE).min() > -1e-6
    # Points of the excluded volume found by chance are never nearer than the value says.
    value = field(points, z, pos)[:, 0]
    inside = local[value <= 0]
    assert (torch.cdist(local[cusps.index], inside).amin(1) - value[cusps.index]).min() > -1e-6
    # The correction is real, and it only ever adds to the lower bound of the nearest probe alone.
    added = value[cusps.index] - (PROBE - near.depth[cusps.index])
    assert added.min() > -1e-9
    assert added.max() > 0.2


@pytest.mark.parametrize("name", SHAPES)
def test_value_is_continuous_with_slope_at_most_one(name):
    z, pos = shape(name)
    start, step = box_points(pos, 4000, 1.0), 1e-3
    move = torch.nn.functional.normalize(torch.randn(4000, 3, dtype=torch.float64), dim=1)
    field = SignedDistanceField("ses")
    change = (field(start + step * move, z, pos) - field(start, z, pos)).abs()
    assert change.max() <= step * (1 + 1e-6)


@pytest.mark.parametrize("name", SHAPES)
def test_single_precision_gives_the_same(name):
    z, pos = shape(name)
    points, pos = box_points(pos, 20_000, 1.0).float(), pos.float()
    field = SignedDistanceField("ses")
    assert (field(points, z, pos) - field(points.double(), z, pos.double())).abs().max() < 1e-4


def test_derivatives_at_cusps_follow_points_and_atoms():
    z, pos = shape("uneven")
    points = box_points(pos, 6000, 0.5)
    field = SignedDistanceField("ses")
    state = field.prepare(z, pos, torch.zeros_like(z)).exact
    owner = torch.zeros(len(points), dtype=torch.long)
    near = nearest_accessible(points - state.origin, owner, state)
    points = points[field._cusps(points - state.origin, owner, near, Boundaries(state, state)).index][:40]
    push, step = torch.randn(pos.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1)), 1e-6
    by_atom = torch.autograd.functional.jacobian(lambda p: field(points, z, p)[:, 0], pos)
    by_point = torch.autograd.functional.jacobian(lambda x: field(x, z, pos)[:, 0].sum(), points)
    numeric = (field(points, z, pos + step * push) - field(points, z, pos - step * push))[:, 0] / (2 * step)
    wrong = ((by_atom * push).sum((1, 2)) - numeric).abs() > 1e-4
    assert wrong.sum() <= 1  # a tie between two targets
    torch.testing.assert_close(by_point.norm(dim=1), torch.ones(len(points), dtype=torch.float64))


def test_small_molecules_far_from_cusps_are_untouched():
    z, pos = torch.tensor([6, 6]), torch.tensor([[0.0, 0.0, 0.0], [1.5, 0.0, 0.0]], dtype=torch.float64)
    points = box_points(pos, 2000)
    state = SignedDistanceField("ses").prepare(z, pos, torch.zeros_like(z)).exact
    near = nearest_accessible(points - state.origin, torch.zeros(2000, dtype=torch.long), state)
    torch.testing.assert_close(SignedDistanceField("ses")(points, z, pos)[:, 0], PROBE - near.depth)


def test_nearest_point_outside_one_two_and_three_balls():
    x = torch.tensor([[0.1, 0.2, 0.3]], dtype=torch.float64)
    centres = torch.tensor([[[0.0, 0.0, 0.0], [0.9, 0.0, 0.0], [0.3, 0.8, 0.1]]], dtype=torch.float64)
    directions = torch.nn.functional.normalize(torch.randn(200_000, 3, dtype=torch.float64), dim=1)
    for count in (1, 2, 3):
        target, active = nearest_outside(x, centres[:, :count], 1.0)
        cloud = (centres[0, :count, None] + directions).reshape(-1, 3)
        cloud = cloud[torch.cdist(cloud, centres[0, :count]).amin(1) >= 1.0 - 1e-9]
        brute = torch.cdist(x, cloud).min()
        assert torch.cdist(target, centres[0, :count]).min() >= 1.0 - 1e-9
        assert -1e-9 <= float(brute - (target - x).norm()) < 0.02
        assert (active >= 0).sum() >= 1
