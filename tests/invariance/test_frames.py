"""Canonical frames, closed-form and learned: batching, order of atoms, pose, continuity."""

import pytest
import torch
from hypothesis import assume, given

from tests.invariance.generated import batches, molecules, moved, seeds, shuffled, together
from torch_molfield.geometry import canonical_frames
from torch_molfield.nn.trunks.learned_frames import LearnedFrame
from torch_molfield.testing.frame_field import frame_field


@pytest.fixture(scope="module", params=["closed form", "learned"])
def frames_of(request):
    if request.param == "closed form":
        return canonical_frames
    torch.manual_seed(0)
    return LearnedFrame(width=4, vectors=2, radial=4).double()


def values(frames_of, z, pos, points):
    """Something that shows every error of a set of frames, ``[Q, 6]``."""
    owner, batch = torch.zeros(len(points), dtype=torch.long), torch.zeros_like(z)
    return frame_field(points, z, pos, owner, batch, frames_of).detach()


@given(parts=batches())
def test_a_batch_is_its_molecules_one_by_one(frames_of, parts):
    many = together(parts)
    found = frame_field(many.points, many.z, many.pos, many.points_batch, many.batch, frames_of).detach()
    alone = torch.cat([values(frames_of, *part) for part in parts])
    torch.testing.assert_close(found, alone, rtol=1e-8, atol=1e-8)


@given(molecule=molecules(), seed=seeds)
def test_the_order_of_atoms_and_the_pose_do_not_matter(frames_of, molecule, seed):
    expected = values(frames_of, *molecule)
    other, (turned, _) = shuffled(molecule, seed), moved(molecule, seed)
    torch.testing.assert_close(values(frames_of, *other), expected, rtol=1e-7, atol=1e-7)
    torch.testing.assert_close(values(frames_of, *turned), expected, rtol=1e-7, atol=1e-7)


@torch.no_grad()
@given(molecule=molecules())
def test_frames_are_rotations_with_weights(frames_of, molecule):
    frames = frames_of(molecule.z, molecule.pos, None)
    eye = torch.eye(3, dtype=torch.float64).expand_as(frames.rotation)
    torch.testing.assert_close(frames.rotation @ frames.rotation.mT, eye, rtol=0, atol=1e-9)
    assert float((torch.linalg.det(frames.rotation) - 1).abs().max()) < 1e-9
    assert float(frames.weight.min()) > 0 and abs(float(frames.weight.sum()) - 1) < 1e-9


@given(molecule=molecules(), seed=seeds)
def test_a_small_step_of_the_atoms_is_a_small_step_of_the_function(frames_of, molecule, seed):
    """Also from a symmetric geometry, where a frame of a single axis would jump by an angle."""
    z, pos, points = molecule
    assume(len(z) > 1)
    step = torch.randn(pos.shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    expected = values(frames_of, z, pos, points)
    for size in (1e-4, 1e-6):
        change = float((values(frames_of, z, pos + size * step, points) - expected).abs().max())
        assert change < 1e3 * size
