import torch

from torch_molfield.geometry.rotations import random_rotations


def test_proper_and_uniform():
    turns = random_rotations(20_000, torch.Generator().manual_seed(3))
    torch.testing.assert_close(turns @ turns.mT, torch.eye(3, dtype=torch.float64).expand(20_000, 3, 3))
    torch.testing.assert_close(torch.linalg.det(turns), torch.ones(20_000, dtype=torch.float64))
    # Of uniform rotations every entry has mean 0 and variance 1/3, and the trace has mean 0 and variance 1.
    assert float(turns.mean(0).abs().max()) < 0.02
    assert float((turns.square().mean(0) - 1 / 3).abs().max()) < 0.02
    trace = turns.diagonal(dim1=1, dim2=2).sum(1)
    assert abs(float(trace.mean())) < 0.03
    assert abs(float(trace.square().mean()) - 1) < 0.03


def test_from_the_global_generator():
    torch.manual_seed(1)
    first = random_rotations(2)
    torch.manual_seed(1)
    assert torch.equal(random_rotations(2), first)
