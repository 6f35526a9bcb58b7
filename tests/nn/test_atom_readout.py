import torch

from torch_molfield.nn.atom_readout import AtomReadout
from torch_molfield.nn.encoder import Reading

FRAMES = None  # the readout does not look at them


def reading(atoms: int, padded: int) -> Reading:
    torch.manual_seed(0)
    rows = torch.randn(2, atoms, 2, 8)
    scalars, condition = torch.cat([rows, torch.full((2, padded, 2, 8), 7.0)], dim=1).unbind(2)
    mask = torch.arange(atoms + padded).expand(2, -1) < atoms
    return Reading(FRAMES, scalars, condition, mask, torch.randn(2, 3, 8))


def test_what_is_no_atom_has_no_say():
    torch.manual_seed(1)
    readout = AtomReadout(8, 16, 5, 2)
    said = readout(reading(4, 0))
    assert said.shape == (2, 5)
    given = reading(4, 0)
    torch.testing.assert_close(readout(reading(4, 3)._replace(tokens=given.tokens)), said)


def test_the_mean_over_atoms():
    torch.manual_seed(1)
    readout, given = AtomReadout(8, 16, 5, 2), reading(4, 0)
    one_by_one = [
        readout(
            given._replace(
                scalars=given.scalars[:, k : k + 1],
                condition=given.condition[:, k : k + 1],
                mask=given.mask[:, k : k + 1],
            )
        )
        for k in range(4)
    ]
    torch.testing.assert_close(torch.stack(one_by_one).mean(0), readout(given))
    assert (one_by_one[0] - one_by_one[1]).abs().max() > 1e-3
