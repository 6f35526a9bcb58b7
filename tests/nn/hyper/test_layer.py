import copy

import pytest
import torch
from torch import nn

from torch_molfield.nn import MolFieldLayer
from torch_molfield.nn.trunks.learned_frames import LearnedFrame
from torch_molfield.testing import molecule, random_rotations
from torch_molfield.testing.molecules import alkane

FEATURES, VECTORS = 6, 3


def make(awake=True, **changes):
    """A small layer in eval mode; ``awake``: after the first steps, when the last layer is no longer zero."""
    torch.manual_seed(0)
    small = {"width": 16, "channels": 4, "hidden": 8, "num_frequencies": 10}
    layer = MolFieldLayer(FEATURES, **{**small, **changes}).double().eval()
    if awake:
        nn.init.normal_(layer.leave[-1].weight)
    return layer


def features(z):
    return torch.nn.functional.one_hot(z % FEATURES, FEATURES).double()


def test_invariant_to_pose_and_order(atoms):
    layer, (z, pos, batch) = make(vectors=VECTORS), atoms
    x, v = features(z), torch.randn(len(z), VECTORS, 3, dtype=torch.float64)
    turn = random_rotations(1, seed=3)[0]
    order = torch.cat([(batch == b).nonzero()[:, 0].flip(0) for b in range(3)])
    before, tokens = layer(x, pos, batch, v, z, return_tokens=True)
    moved = (pos @ turn.T + 4.0)[order]
    after, moved_tokens = layer(x[order], moved, batch, (v @ turn.T)[order], z[order], return_tokens=True)
    torch.testing.assert_close(after, before[order], rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(moved_tokens, tokens, rtol=1e-10, atol=1e-10)
    assert tokens.shape[0] == 3
    assert (layer(x, pos, batch, -v, z) - before).abs().max() > 1e-3


@pytest.mark.parametrize("with_z", [True, False])
def test_a_batch_is_its_molecules(with_z, atoms):
    layer, (z, pos, batch) = make(), atoms
    known = z if with_z else None
    together = layer(features(z), pos, batch, z=known)
    for b in range(3):
        of = batch == b
        alone = layer(features(z[of]), pos[of], z=z[of] if with_z else None)
        torch.testing.assert_close(together[of], alone)


def test_mirror_images_differ():
    layer, (z, pos) = make(), molecule("R-CHFClBr")
    mirrored = pos * torch.tensor([-1.0, 1.0, 1.0], dtype=pos.dtype)
    assert (layer(features(z), pos) - layer(features(z), mirrored)).abs().max() > 1e-4


def test_a_host_is_unchanged_at_the_start_and_all_parameters_learn():
    layer, (z, pos) = make(awake=False, vectors=VECTORS).train(), molecule("H2O")
    x, v = features(z), torch.randn(len(z), VECTORS, 3, dtype=torch.float64)
    assert torch.equal(layer(x, pos, vectors=v), x)
    nn.init.normal_(layer.leave[-1].weight)
    layer(x, pos, vectors=v).square().sum().backward()
    assert not [name for name, p in layer.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]


@pytest.mark.parametrize("name", ["H2O", "HCN", "CH4"])
def test_forces_are_the_derivative(name):
    layer, (z, pos) = make(), molecule(name)
    pos = pos + 0.02 * torch.sin(torch.arange(pos.numel(), dtype=pos.dtype)).reshape(pos.shape)
    energy = lambda pos: layer(features(z), pos, z=z).square().sum()  # noqa: E731
    assert torch.autograd.gradcheck(energy, pos.requires_grad_(), eps=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["He", "H2", "CO2", "CH4", "C6H6", "SF6"])
def test_symmetric_molecules(name):
    layer, (z, pos) = make(), molecule(name)
    out = layer(features(z), pos)
    turned = layer(features(z), pos @ random_rotations(1, seed=1)[0].T)
    assert torch.isfinite(out).all()
    torch.testing.assert_close(turned, out)


def test_molecules_far_beyond_the_period_of_the_frequencies():
    layer, (z, pos) = make(), alkane(40)
    turn = random_rotations(1, seed=1)[0]
    out = layer(features(z), pos, z=z)
    torch.testing.assert_close(layer(features(z), pos @ turn.T, z=z), out)
    small = layer(features(z[:2]), pos[:2], z=z[:2])
    assert out.abs().max() < 10 * small.abs().max()


def test_learned_frames_in_place_of_the_closed_form(atoms):
    layer, (z, pos, batch) = make(frames=LearnedFrame(8, 2)), atoms
    turn = random_rotations(1, seed=3)[0]
    torch.testing.assert_close(layer(features(z), pos @ turn.T, batch, z=z), layer(features(z), pos, batch, z=z))


def test_autocast_keeps_the_geometry(atoms):
    layer, (z, pos, batch) = make().float(), atoms
    x, pos = features(z).float(), pos.float()
    exact = layer(x, pos, batch)
    with torch.autocast("cpu", torch.bfloat16):
        out = layer(x, pos + 50.0, batch)
    assert out.dtype == x.dtype
    assert (out - exact).abs().max() < 0.05 * (exact - x).abs().max()


# torch looks at .grad of inner tensors after a graph break and would hide its warning, were it not an error here
@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf")
def test_traced_is_eager(atoms):
    """The compiler's front end. Inductor takes a minute; tried by hand (torch 2.13, CPU) it gave the same values."""
    layer, (z, pos, batch) = make(), atoms
    compiled = torch.compile(copy.deepcopy(layer), backend="eager", dynamic=True)
    torch.testing.assert_close(compiled(features(z), pos, batch), layer(features(z), pos, batch))
    z, pos = molecule("C6H6")
    torch.testing.assert_close(compiled(features(z), pos), layer(features(z), pos))


def test_trains_under_ddp(atoms, tmp_path):
    torch.distributed.init_process_group("gloo", init_method=f"file://{tmp_path}/store", rank=0, world_size=1)
    try:
        layer, (z, pos, batch) = nn.parallel.DistributedDataParallel(make().train()), atoms
        for _ in range(2):  # the second forward complains of parameters that the first has left out
            layer(features(z), pos, batch).square().sum().backward()
    finally:
        torch.distributed.destroy_process_group()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"x": torch.zeros(3, 2)}, r"x must have shape \[3, 6\]"),
        ({"vectors": torch.zeros(3, 1, 3)}, "reads no vectors"),
        ({"pos": torch.full((3, 3), torch.nan)}, "NaN"),
        ({"batch": torch.tensor([1, 0, 0])}, "sorted"),
        ({"z": torch.tensor([8, 1, 0])}, "atomic number"),
    ],
)
def test_bad_input_gets_a_sentence(changes, sentence):
    z, pos = molecule("H2O")
    with pytest.raises(ValueError, match=sentence):
        make()(**{"x": features(z), "pos": pos, **changes})


def test_announced_vectors_are_demanded():
    z, pos = molecule("H2O")
    with pytest.raises(ValueError, match=r"vectors must have shape \[3, 3, 3\].*none"):
        make(vectors=VECTORS)(features(z), pos)
