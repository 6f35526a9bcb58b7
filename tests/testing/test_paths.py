import pytest
import torch

from torch_molfield.testing.paths import SYMMETRIC_PATHS, distorted_benzene, points_near, subject


def test_subjects_are_ideal_or_bundled():
    for name, atoms in (("C6H6", 12), ("aspirin", 21)):
        z, pos = subject(name)
        assert (len(z), pos.shape, pos.dtype) == (atoms, (atoms, 3), torch.float64)


def test_points_are_near_atoms_and_always_the_same():
    pos = subject("aspirin")[1]
    points = points_near(pos, 500)
    assert torch.equal(points, points_near(pos, 500))
    assert torch.cdist(points, pos).amin(1).mean() < 1.5 * 3**0.5


def test_benzene_is_symmetric_only_where_it_is_not_distorted():
    for kekule, pucker, even in ((0.0, 0.0, True), (0.05, 0.0, False), (0.0, 0.1, False)):
        ring = distorted_benzene(kekule, pucker)[1][:6]
        bonds = (ring - ring.roll(1, 0)).norm(dim=1)
        flat = torch.linalg.svdvals(ring - ring.mean(0))[2] < 1e-9
        assert (bool(bonds.std() < 1e-9) and bool(flat)) is even


@pytest.mark.parametrize("name", SYMMETRIC_PATHS)
def test_paths_move_smoothly_and_mirrored_about_their_middle(name):
    path = SYMMETRIC_PATHS[name]
    middle = path(0.0)[1]
    for t in (0.25, 1.0):
        ahead, back = path(t)[1], path(-t)[1]
        assert (ahead - middle).norm() == pytest.approx(float((back - middle).norm()), rel=1e-6)
        assert 0 < (ahead - middle).norm() < 3.0
    assert (path(0.01)[1] - middle).norm() < 0.05
