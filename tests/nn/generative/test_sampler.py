import pytest
import torch
from torch import nn

from torch_molfield.geometry.united_atoms import SiteLabel, Sites
from torch_molfield.nn.generative.coupling import axis_signs
from torch_molfield.nn.generative.denoiser import Direction
from torch_molfield.nn.generative.sampler import Sampler, Schedule, has_its_bonds

LABEL = torch.tensor([[0, 0, 1], [0, 0, -1]])
LABELS = [SiteLabel(6, 3, 1), SiteLabel(8, 0, 2)]
SPREAD = torch.tensor([[1.5, 1.0, 0.5]]).double().expand(4, 3)


class Oracle(nn.Module):
    """Knows the molecules: the velocity that leads to them."""

    hydrogens = torch.tensor([1, 0])

    def __init__(self, target):
        super().__init__()
        self.target, self.times, self.seen = target, [], []

    def forward(self, sites, time, context):
        self.times.append(float(time[0]))
        self.seen.append(sites)
        left = (1 - time)[:, None, None]
        pos = (self.target.pos - sites.pos) / left
        return Direction(pos, (self.target.hydrogens - sites.hydrogens) / left[..., None], pos)


@pytest.fixture
def target():
    pos = torch.tensor([[[1.0, 0, 0], [-1.0, 0, 0], [0, 0, 0]], [[0.7, 0, 0], [-0.7, 0, 0], [0, 0, 0]]]).double()
    hydrogens = torch.zeros(2, 3, 3, 3).double()
    hydrogens[LABEL == 0, 0] = torch.tensor([0, 1.0, 0]).double()
    return Sites(LABEL, pos, hydrogens)


def run(oracle, schedule, seed=0):
    generator = torch.Generator().manual_seed(seed)

    def draw(rows):
        return torch.randn(len(rows), 3, 4, 3, generator=generator, dtype=torch.float64)

    return Sampler(oracle, LABELS, SPREAD, axis_signs(True), schedule).sample(LABEL, torch.zeros(2, 0), draw)


@pytest.mark.parametrize(
    "schedule", [Schedule(num_steps=1), Schedule(num_steps=8), Schedule(num_steps=8, renoise_after=2)]
)
def test_a_network_that_knows_the_molecule_gives_it(target, schedule):
    oracle = Oracle(target)
    found = run(oracle, schedule)
    torch.testing.assert_close(found.pos, target.pos, rtol=0, atol=1e-12)
    torch.testing.assert_close(found.hydrogens, target.hydrogens, rtol=0, atol=1e-12)
    torch.testing.assert_close(torch.tensor(oracle.times), torch.tensor(schedule.times()))


def test_fresh_noise_is_what_the_schedule_says(target):
    """At time u the sites are u times the molecule and the rest noise, scaled."""
    seen = {}
    for scale in (0.5, 1.0):
        oracle = Oracle(target)
        run(oracle, Schedule(num_steps=3, renoise_after=0.0, noise_scale=scale, last_time=0.8))
        seen[scale] = oracle.seen[1].pos - 0.4 * target.pos
    torch.testing.assert_close(seen[1.0], 2 * seen[0.5])
    assert float(seen[1.0].abs().max()) > 0.1


def test_without_fresh_noise_paths_are_straight(target):
    oracle = Oracle(target)
    run(oracle, Schedule(num_steps=5, renoise_after=2))
    first = oracle.seen[0].pos
    for time, sites in zip(oracle.times, oracle.seen, strict=True):
        torch.testing.assert_close(sites.pos, torch.lerp(first, target.pos, time))


class Learner(Oracle):
    """Breaks the first molecule until it has been asked for it so often."""

    def __init__(self, target, after):
        super().__init__(target)
        self.after = after

    def forward(self, sites, time, context):
        right = self.target
        pos = right.pos.clone()
        pos[0] *= 5 if len(self.times) < self.after else 1
        self.target = Sites(*(column[: len(sites.label)] for column in right._replace(pos=pos)))
        found = super().forward(sites, time, context)
        self.target = right
        return found


def test_molecules_with_wrong_neighbours_are_made_again(target):
    schedule = Schedule(num_steps=8, max_repairs=3)
    right = Oracle(target)
    run(right, schedule)
    assert len(right.times) == 8  # nothing to repair
    oracle = Learner(target, after=9)
    found = run(oracle, schedule)
    torch.testing.assert_close(found.pos, target.pos, rtol=0, atol=1e-12)
    assert oracle.times[8:] == schedule.times()
    assert [len(sites.label) for sites in oracle.seen] == [2] * 8 + [1] * 8


def test_what_has_its_bonds(target):
    """Neighbours as the labels say, and bonds that can get orders."""
    assert has_its_bonds(target, LABELS).tolist() == [True, True]
    assert has_its_bonds(target._replace(pos=2 * target.pos), LABELS).tolist() == [False, False]
    lonely = [SiteLabel(6, 2, 1), SiteLabel(8, 0, 2)]  # CH2 with one bond, twice on an oxygen
    assert has_its_bonds(target, lonely).tolist() == [False, True]


def test_repairs_come_to_an_end(target):
    schedule = Schedule(num_steps=8, max_repairs=2)
    oracle = Learner(target, after=1000)
    found = run(oracle, schedule)
    torch.testing.assert_close(found.pos[0], 5 * target.pos[0], rtol=0, atol=1e-12)
    torch.testing.assert_close(found.pos[1], target.pos[1], rtol=0, atol=1e-12)
    assert len(oracle.times) == 8 + 2 * 8
