"""Gaps between frames of trajectories, as batches that are a pure function of the seed and the step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from torch_molfield.training.batches.steps import StepBatches
from torch_molfield.training.batches.windows import Trajectory


class Gaps(NamedTuple):
    """B gaps with what is in them: ``knots [N, 4, 3]`` Å, ``share [B, M]`` of the way, ``later [N, M, 3]`` Å there."""

    z: Tensor
    knots: Tensor
    batch: Tensor
    share: Tensor
    later: Tensor


class TrajectoryGaps(StepBatches):
    """Random gaps of random trajectories, see :class:`StepBatches`.

    Args:
        trajectories: each of more than three strides.
        stride: frames from one that is given to the next, at least 2; all between are compared.
        batch_size: gaps a step, each in a trajectory drawn uniformly.
        seed: of the choice.
        first: the step at which they begin.
    """

    def __init__(
        self,
        trajectories: Sequence[Trajectory],
        stride: int,
        batch_size: int,
        seed: int,
        first: int = 0,
    ) -> None:
        if stride < 2:
            raise ValueError(f"stride must be at least 2, got {stride}; there is nothing between neighbours.")
        short = [k for k, trajectory in enumerate(trajectories) if len(trajectory.pos) <= 3 * stride]
        if short or not trajectories:
            raise ValueError(f"trajectories {short} are too short; a gap of {stride} needs {3 * stride + 1} frames.")
        super().__init__(seed, first)
        self.trajectories, self.stride = trajectories, stride
        self.batch_size = batch_size

    @property
    def num_molecules(self) -> int:
        return sum(len(trajectory.pos) for trajectory in self.trajectories)

    def at(self, number: int, generator: torch.Generator) -> Gaps:
        chosen = torch.randint(len(self.trajectories), (self.batch_size,), generator=generator).tolist()
        return join_gaps([self._gap(self.trajectories[k], generator) for k in chosen])

    def _gap(self, trajectory: Trajectory, generator: torch.Generator) -> Gaps:
        last = len(trajectory.pos) - 2 * self.stride
        start = int(torch.randint(self.stride, last, (), generator=generator))
        return gap(trajectory, start, self.stride)


def gap(trajectory: Trajectory, start: int, stride: int) -> Gaps:
    """The gap from frame ``start`` to ``start + stride``; a frame beyond an end is the mirror of the one within."""
    pos = trajectory.pos
    one, two = pos[start], pos[start + stride]
    before = pos[start - stride] if start >= stride else 2 * one - two
    after = pos[start + 2 * stride] if start + 2 * stride < len(pos) else 2 * two - one
    share = torch.arange(1, stride).to(pos) / stride
    between = pos[start + 1 : start + stride].transpose(0, 1)
    knots = torch.stack([before, one, two, after], dim=1)
    return Gaps(trajectory.z, knots, torch.zeros_like(trajectory.z), share[None], between)


def join_gaps(parts: Sequence[Gaps]) -> Gaps:
    """Gaps of one molecule each as one batch."""
    batch = torch.arange(len(parts)).repeat_interleave(torch.tensor([len(part.z) for part in parts]))
    z, knots, _, share, later = (torch.cat(column) for column in zip(*parts, strict=True))
    return Gaps(z, knots, batch, share, later)
