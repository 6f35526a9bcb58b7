import math

import numpy as np
import pytest
import torch

from torch_molfield.geometry import canonical_frames
from torch_molfield.testing.frame_field import frame_field
from torch_molfield.testing.molecules import MOLECULES, ammonia, molecule, triatomic
from torch_molfield.testing.poses import largest_step, pose_error, random_rotations

PROBES = torch.tensor([[0.3, -0.7, 1.1], [1.5, 0.4, -0.2], [-0.9, 1.2, 0.6], [2.1, -1.3, -0.8]], dtype=torch.float64)


def field_of(z, pos):
    zeros = torch.zeros(len(PROBES), dtype=torch.long)
    return frame_field(PROBES.to(pos.dtype), z, pos, zeros, torch.zeros_like(z))


def path_ratio(make, values):
    """Largest over median step of the field at points fixed in the path's frame."""
    pieces = [make(float(v)) for v in values]
    z = torch.cat([p[0] for p in pieces])
    pos = torch.cat([p[1] for p in pieces])
    batch = torch.arange(len(pieces)).repeat_interleave(len(pieces[0][0]))
    points = PROBES.repeat(len(pieces), 1)
    owner = torch.arange(len(pieces)).repeat_interleave(len(PROBES))
    return largest_step(frame_field(points, z, pos, owner, batch).reshape(len(pieces), -1))


@pytest.mark.parametrize("name", MOLECULES)
def test_set_of_frames_is_invariant(name):
    z, pos = molecule(name)
    points = PROBES + pos.mean(0)
    count = 10 if name == "C60" else 100
    assert pose_error(frame_field, z, pos, points, count=count) < 1e-10
    assert pose_error(frame_field, z, pos.float(), points.float(), count=count) < 1e-5


@pytest.mark.parametrize("name", MOLECULES)
def test_rotations_are_proper_and_weights_sum_to_one(name):
    z, pos = molecule(name)
    frames = canonical_frames(z, pos)
    identity = torch.eye(3, dtype=pos.dtype).expand_as(frames.rotation)
    torch.testing.assert_close(frames.rotation @ frames.rotation.mT, identity, atol=1e-12, rtol=0)
    torch.testing.assert_close(torch.linalg.det(frames.rotation), torch.ones_like(frames.weight))
    assert frames.weight.min() > 0
    assert abs(float(frames.weight.sum()) - 1) < 1e-12


def test_kinds_and_numbers_of_frames():
    frames = {name: canonical_frames(*molecule(name)) for name in MOLECULES}
    assert frames["He"].kind.tolist() == [2]
    assert frames["HCN"].kind.tolist() == [1]
    for name in ("H2", "CO2"):
        assert frames[name].kind.tolist() == [1, 1]
        torch.testing.assert_close(frames[name].weight, torch.full((2,), 0.5, dtype=torch.float64))
        torch.testing.assert_close(frames[name].rotation[0, :, 0], -frames[name].rotation[1, :, 0])
    assert len(frames["CH4"].weight) == 12
    assert len(frames["C6H6"].weight) == 12
    assert len(frames["SF6"].weight) == 24
    assert len(frames["C60"].weight) == 240


def test_mirror_images_differ():
    right, left = (field_of(*molecule(f"{hand}-CHFClBr")) for hand in "RS")
    assert (right - left).abs().max() > 1e-2
    z, pos = molecule("R-CHFClBr")
    assert pose_error(frame_field, z, pos, PROBES, count=10) < 1e-10


def test_equivariance_of_one_frame():
    z, pos = molecule("R-CHFClBr")
    turn = random_rotations(1, seed=3)[0]
    one, two = canonical_frames(z, pos), canonical_frames(z, pos @ turn.T + 2.0)
    assert len(one.weight) == 1
    torch.testing.assert_close(two.rotation[0], turn @ one.rotation[0])
    torch.testing.assert_close(two.origin, one.origin @ turn.T + 2.0)


def test_batch_equals_single_calls():
    molecules = [molecule(name) for name in MOLECULES]
    z = torch.cat([m[0] for m in molecules])
    pos = torch.cat([m[1] for m in molecules])
    batch = torch.arange(len(molecules)).repeat_interleave(torch.tensor([len(m[0]) for m in molecules]))
    together = canonical_frames(z, pos, batch)
    for index, (zi, xi) in enumerate(molecules):
        alone = canonical_frames(zi, xi)
        mine = together.molecule == index
        torch.testing.assert_close(together.rotation[mine], alone.rotation, atol=1e-12, rtol=0)
        torch.testing.assert_close(together.weight[mine], alone.weight, atol=1e-12, rtol=0)


PATHS = {
    "ammonia through the plane": (ammonia, np.linspace(-0.4, 0.4, 1001)),
    "HCN through the line": (lambda b: triatomic((1, 6, 7), (1.066, 1.16), b), np.linspace(-1.0, 1.0, 1001)),
    "CO2 through the line": (lambda b: triatomic((8, 6, 8), (1.16, 1.16), b), np.linspace(-1.0, 1.0, 1001)),
    "water through the line": (lambda b: triatomic((1, 8, 1), (0.958, 0.958), b), np.linspace(-1.3, 1.3, 1001)),
    "benzene through D6h": (lambda s: benzene(s), np.linspace(-0.12, 0.12, 1001)),
    "methane through Td": (lambda s: methane(s), np.linspace(-0.4, 0.4, 1001)),
    "biphenyl's torsion": (lambda t: biphenyl(t), np.linspace(-0.2, math.pi / 2 + 0.2, 1001)),
    "ethane's torsion": (lambda t: ethane(t), np.linspace(0.0, 2 * math.pi / 3, 1001)),
    "ethanol's methyl": (lambda t: ethanol(t), np.linspace(0.0, 2 * math.pi / 3, 1001)),
}


def benzene(stretch):
    z, pos = molecule("C6H6")
    sign = torch.tensor([1.0, -1.0] * 6, dtype=pos.dtype)[:, None]
    across = torch.stack([-pos[:, 1], pos[:, 0], pos[:, 2]], 1) / pos.norm(dim=1, keepdim=True)
    return z, pos + stretch * sign * across + 0.5 * stretch * pos * torch.tensor([1.0, 0.0, 0.0], dtype=pos.dtype)


def methane(stretch):
    z, pos = molecule("CH4")
    pos[1] *= 1 + stretch
    pos[2] += stretch * torch.tensor([0.3, 0.1, -0.2])
    return z, pos


def turned(pos, angle):
    c, s = math.cos(angle), math.sin(angle)
    return pos @ torch.tensor([[1.0, 0.0, 0.0], [0.0, c, s], [0.0, -s, c]], dtype=pos.dtype)


def biphenyl(angle):
    z, ring = molecule("C6H6")
    keep = [i for i in range(12) if i != 9]  # the hydrogen at −x makes room for the bond
    ring = ring[keep] + torch.tensor([0.745 + 1.397, 0.0, 0.0], dtype=ring.dtype)
    other = ring * torch.tensor([-1.0, 1.0, 1.0], dtype=ring.dtype)
    return z[keep].repeat(2), torch.cat([turned(ring, angle), other])


def ethane(angle):
    methyl = torch.tensor(
        [[0.77, 0, 0]] + [[1.16, 1.02 * math.cos(a), 1.02 * math.sin(a)] for a in (0, 2.0944, 4.1888)],
        dtype=torch.float64,
    )
    other = methyl * torch.tensor([-1.0, 1.0, 1.0], dtype=torch.float64)
    return torch.tensor([6, 1, 1, 1] * 2), torch.cat([turned(methyl, angle), other])


def ethanol(angle):
    z, pos = ethane(angle)
    oxygen = torch.tensor([[-1.2, 1.34, 0.0], [-2.15, 1.3, 0.1]], dtype=torch.float64)
    return torch.cat([z[[0, 1, 2, 3, 4, 6, 7]], torch.tensor([8, 1])]), torch.cat([pos[[0, 1, 2, 3, 4, 6, 7]], oxygen])


@pytest.mark.parametrize("path", PATHS)
def test_continuous_through_symmetric_configurations(path):
    assert path_ratio(*PATHS[path]) < 10


def test_gradient_is_finite_and_right():
    for name in MOLECULES:
        z, pos = molecule(name)
        pos.requires_grad_(True)
        (gradient,) = torch.autograd.grad(field_of(z, pos).sum(), pos)
        assert torch.isfinite(gradient).all()
    z, pos = ethanol(0.3)
    torch.manual_seed(0)
    pos = pos + 0.05 * torch.randn_like(pos)
    assert torch.autograd.gradcheck(lambda x: field_of(z, x), pos.requires_grad_(True), eps=1e-5, atol=1e-6)


def test_large_structure_in_bounded_memory():
    generator = torch.Generator().manual_seed(0)
    pos = torch.rand(3000, 3, generator=generator, dtype=torch.float64) * 40
    z = torch.randint(6, 9, (3000,), generator=generator)
    assert len(canonical_frames(z, pos).weight) < 200


def test_bad_input_names_the_culprit():
    with pytest.raises(ValueError, match="pos: molecule 0"):
        canonical_frames(torch.tensor([6]), torch.tensor([[math.nan, 0.0, 0.0]]))


@pytest.mark.parametrize("name", ["aspirin", "ethanol", "salicylic", "uracil"])
def test_ordinary_molecules_have_one_frame(data_dir, name):
    with np.load(data_dir / "rmd17" / f"{name}.npz", allow_pickle=False) as archive:
        z, pos = torch.tensor(archive["z"]), torch.tensor(archive["R"][::50])
    batch = torch.arange(len(pos)).repeat_interleave(len(z))
    frames = canonical_frames(z.repeat(len(pos)), pos.reshape(-1, 3), batch)
    assert (torch.bincount(frames.molecule) == 1).double().mean() > 0.95
