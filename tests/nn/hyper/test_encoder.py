import pytest
import torch
from torch import nn

from torch_molfield.nn import AtomTrunk, CanonicalINR, FunctionSpaceHyperNetwork, MolFieldEncoder
from torch_molfield.testing import random_rotations


class CountingTrunk(nn.Module):
    """A trunk without vectors: an embedding and the number of atoms."""

    def __init__(self, width=16):
        super().__init__()
        self.width, self.vectors = width, 0
        self.embedding = nn.Embedding(119, width)

    def forward(self, z, pos, batch):
        return self.embedding(z) + torch.bincount(batch)[batch].unsqueeze(1)


def make(trunk=None):
    torch.manual_seed(0)
    trunk = AtomTrunk(16, 4, 1) if trunk is None else trunk
    inr = CanonicalINR(1, 8, 2, num_frequencies=10)
    return MolFieldEncoder(trunk, inr, FunctionSpaceHyperNetwork(inr, 16, 1, 4, 2)).double().eval()


@pytest.mark.parametrize("trunk", [None, CountingTrunk()], ids=["own", "swapped"])
def test_parameters_are_invariant_to_pose(trunk, atoms):
    encoder = make(trunk)
    z, pos, batch = atoms
    turn = random_rotations(1, seed=5)[0]
    frames, tokens, parameters = encoder(z, pos, batch)
    moved, moved_tokens, moved_parameters = encoder(z, pos @ turn.T + 3.0, batch)
    assert tokens.shape[0] == len(frames.weight) == parameters[0].shape[0]
    mean = _weighted(frames, tokens.flatten(1))
    torch.testing.assert_close(_weighted(moved, moved_tokens.flatten(1)), mean)
    for before, after in zip(parameters, moved_parameters, strict=True):
        torch.testing.assert_close(_weighted(moved, after.flatten(1)), _weighted(frames, before.flatten(1)))
    assert (mean[0] - mean[1]).abs().max() > 1e-3


def test_vectors_of_the_trunk_are_read_in_the_frame(atoms):
    """Where only the vectors tell mirror images apart, the condition must still differ."""
    encoder = make()
    with torch.no_grad():
        encoder.from_vectors.weight.zero_()
    z, pos, batch = atoms
    without = encoder(z, pos, batch)[1]
    torch.nn.init.normal_(encoder.from_vectors.weight)
    assert (encoder(z, pos, batch)[1] - without).abs().max() > 1e-3


def test_only_training_draws(atoms):
    encoder, (z, pos, batch) = make(), atoms
    assert len(encoder(z, pos, batch)[0].weight) > 3
    assert len(encoder.train()(z, pos, batch)[0].weight) == 3


def _weighted(frames, rows):
    return rows.new_zeros(3, rows.shape[1]).index_add(0, frames.molecule, rows * frames.weight[:, None])
