import torch

from torch_molfield.nn.heads.atom_readout import AtomReadout
from torch_molfield.nn.hyper.encoder import Reading

FRAMES = None  # the readout does not look at them


def reading(atoms: int, padded: int) -> Reading:
    torch.manual_seed(0)
    rows = torch.randn(2, atoms, 2, 8)
    scalars, condition = torch.cat([rows, torch.full((2, padded, 2, 8), 7.0)], dim=1).unbind(2)
    mask = torch.arange(atoms + padded).expand(2, -1) < atoms
    return Reading(FRAMES, scalars, condition, torch.randn(2, atoms + padded, 3), mask, torch.randn(2, 3, 8))


def test_what_is_no_atom_has_no_say():
    torch.manual_seed(1)
    readout = with_charges(AtomReadout(8, 16, 5, 2, moments=2))
    given = reading(4, 0)
    said, moments = readout(given)
    assert said.shape == (2, 5) and moments.shape == (2, 2, 3)
    padded = reading(4, 3)._replace(tokens=given.tokens)
    padded.positions[:, :4] = given.positions
    more, padded_moments = readout(padded)
    torch.testing.assert_close(more, said)
    torch.testing.assert_close(padded_moments, moments)


def with_charges(readout):
    torch.nn.init.normal_(readout.charges.weight)
    return readout


def test_moments_are_those_of_neutral_charges():
    torch.manual_seed(1)
    readout, given = with_charges(AtomReadout(8, 16, 5, 2, moments=1)), reading(4, 0)
    moment = readout(given)[1]
    assert moment.abs().max() > 1e-2
    torch.testing.assert_close(
        readout(given._replace(positions=given.positions + 5.0))[1], moment, atol=1e-4, rtol=1e-4
    )
    torch.testing.assert_close(readout(given._replace(positions=given.positions * 2.0))[1], 2 * moment)
    # at the start atoms say nothing of it; without moments there are none
    assert AtomReadout(8, 16, 5, 2, moments=1)(given)[1].abs().max() == 0
    assert AtomReadout(8, 16, 5, 2)(given)[1].shape == (2, 0, 3)


def test_the_mean_over_atoms():
    torch.manual_seed(1)
    readout, given = AtomReadout(8, 16, 5, 2), reading(4, 0)
    one_by_one = [
        readout(
            given._replace(
                scalars=given.scalars[:, k : k + 1],
                condition=given.condition[:, k : k + 1],
                positions=given.positions[:, k : k + 1],
                mask=given.mask[:, k : k + 1],
            )
        )[0]
        for k in range(4)
    ]
    torch.testing.assert_close(torch.stack(one_by_one).mean(0), readout(given)[0])
    assert (one_by_one[0] - one_by_one[1]).abs().max() > 1e-3
