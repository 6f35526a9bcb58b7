import torch

from torch_molfield.geometry.smooth import (
    break_stick,
    expand_segments,
    safe_norm,
    select_largest,
    smooth_maximum,
    smoothstep,
)


def test_smoothstep_has_two_continuous_derivatives():
    x = torch.linspace(-0.5, 1.5, 20001, dtype=torch.float64, requires_grad=True)
    (first,) = torch.autograd.grad(smoothstep(x, 0.0, 1.0).sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), x)
    assert (first[1:] - first[:-1]).abs().max() < 1e-3
    assert (second[1:] - second[:-1]).abs().max() < 1e-2


def test_safe_norm_has_a_gradient_at_the_origin():
    x = torch.zeros(1, 3, requires_grad=True)
    (gradient,) = torch.autograd.grad(safe_norm(x).sum(), x)
    assert torch.equal(gradient, torch.zeros(1, 3))


def test_smooth_maximum_is_scale_free_and_never_above_the_maximum():
    s = torch.tensor([0.0, 1.0, 0.99, 3.0], dtype=torch.float64, requires_grad=True)
    segment = torch.tensor([0, 0, 0, 1])
    top = smooth_maximum(s, segment, 2)
    assert 0.99 < top[0] < 1.0
    assert top[1] == 3.0
    torch.testing.assert_close(smooth_maximum(1e-3 * s, segment, 2), 1e-3 * top)
    assert torch.autograd.gradcheck(lambda v: smooth_maximum(v + 0.1, segment, 2), s)


def test_selection_shares_between_equals_and_drops_the_rest():
    score = torch.tensor([2.0, 2.0, 1.0, 5.0], dtype=torch.float64)
    weight = select_largest(score, torch.tensor([0, 0, 0, 1]), 2, 0.1)
    torch.testing.assert_close(weight, torch.tensor([0.5, 0.5, 0.0, 1.0], dtype=torch.float64))


def test_stick_gives_everything():
    taken, left = break_stick(torch.tensor([[0.5, 2.0], [0.1, 0.3], [2.0, 2.0]]), 0.0, 1.0)
    torch.testing.assert_close(taken.sum(1) + left, torch.ones(3))
    assert taken[2].tolist() == [1.0, 0.0]


def test_expand_segments_pairs_rows_with_their_molecule():
    row, member = expand_segments(torch.tensor([1, 0, 1]), torch.tensor([0, 0, 1]), 2)
    assert row.tolist() == [0, 1, 1, 2]
    assert member.tolist() == [2, 0, 1, 2]
