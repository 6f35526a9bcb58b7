"""Where trajectories start and where they are later, as batches that are a pure function of the seed and the step."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor
from torch_geometric.data import Data

from torch_molfield.training.batches.steps import StepBatches


class Trajectory(NamedTuple):
    """One molecule in order of time: ``z [N]``, ``pos [T, N, 3]`` Å, ``interval`` fs between frames."""

    z: Tensor
    pos: Tensor
    interval: float


class Windows(NamedTuple):
    """B starts with what follows each: ``time [B, M]`` fs after the start, ``later [N, M, 3]`` Å there.

    ``velocity [N, 3]`` Å/fs is the step that led to the start over its time, all that a program sees that stands there.
    """

    z: Tensor
    pos: Tensor
    velocity: Tensor
    batch: Tensor
    time: Tensor
    later: Tensor


class TrajectoryWindows(StepBatches):
    """Random starts in random trajectories, see :class:`StepBatches`.

    Args:
        trajectories: each of at least three frames.
        horizon: fs; no later frame is farther ahead.
        batch_size: starts a step, each in a trajectory drawn uniformly.
        moments: M, later frames of each start.
        seed: of the choice.
        first: the step at which they begin.
    """

    def __init__(
        self,
        trajectories: Sequence[Trajectory],
        horizon: float,
        batch_size: int,
        moments: int,
        seed: int,
        first: int = 0,
    ) -> None:
        short = [k for k, trajectory in enumerate(trajectories) if len(trajectory.pos) < 3]
        if short or not trajectories:
            raise ValueError(
                f"trajectories {short} have fewer than three frames; a start needs one before and after it."
            )
        super().__init__(seed, first)
        self.trajectories, self.horizon = trajectories, horizon
        self.batch_size, self.moments = batch_size, moments

    @property
    def num_molecules(self) -> int:
        return sum(len(trajectory.pos) for trajectory in self.trajectories)

    def at(self, number: int, generator: torch.Generator) -> Windows:
        chosen = torch.randint(len(self.trajectories), (self.batch_size,), generator=generator).tolist()
        parts = [self._window(self.trajectories[k], generator) for k in chosen]
        return join_windows(parts)

    def _window(self, trajectory: Trajectory, generator: torch.Generator) -> Windows:
        frames = len(trajectory.pos)
        start = int(torch.randint(1, frames - 1, (), generator=generator))
        reach = max(1, min(frames - 1 - start, int(self.horizon / trajectory.interval)))
        ahead = torch.randint(1, reach + 1, (self.moments,), generator=generator)
        return window(trajectory, start, ahead)


def window(trajectory: Trajectory, start: int, ahead: Tensor) -> Windows:
    """One start, a frame that has one before it, and the frames ``ahead [M]`` of it."""
    z, pos, interval = trajectory
    velocity = (pos[start] - pos[start - 1]) / interval
    later = pos[start + ahead].transpose(0, 1)
    time = (interval * ahead.to(pos.dtype)).unsqueeze(0)
    return Windows(z, pos[start], velocity, torch.zeros_like(z), time, later)


def join_windows(parts: Sequence[Windows]) -> Windows:
    """Windows of one start each as one batch."""
    counts = torch.tensor([len(part.z) for part in parts])
    batch = torch.arange(len(parts)).repeat_interleave(counts)
    z, pos, velocity, _, time, later = (torch.cat(column) for column in zip(*parts, strict=True))
    return Windows(z, pos, velocity, batch, time, later)


def trajectories_of(frames: Sequence[Data]) -> list[Trajectory]:
    """Stretches of consecutive frames with ``name``, ``replica`` and ``time_fs``, as ``BundledTrajectories`` has them.

    A run with gaps gives several stretches.

    Raises:
        ValueError: where the frames of a run are not evenly spaced in time.
    """
    runs: dict[tuple[str, int], list[Data]] = {}
    for k in range(len(frames)):
        frame = frames[k]
        lacking = [name for name in ("name", "replica", "time_fs") if name not in frame]
        if lacking:
            raise ValueError(
                f"molecule {k} has no {' and no '.join(lacking)}; trajectories need these. Train on bundled molecules, "
                "or give Trajectory objects in Python."
            )
        runs.setdefault((str(frame.name), int(frame.replica)), []).append(frame)
    return [stretch for (name, _), run in runs.items() for stretch in _stretches(name, run)]


def _stretches(name: str, run: list[Data]) -> list[Trajectory]:
    times = torch.cat([frame.time_fs for frame in run])
    steps = times.diff()
    interval = float(steps.min()) if len(steps) else 0.0
    gaps = (steps > interval + 1e-3).nonzero().flatten().tolist()
    edges = [0, *(gap + 1 for gap in gaps), len(run)]
    if interval <= 0 or min(b - a for a, b in pairwise(edges)) < 2:
        raise ValueError(f"the frames of {name} are not evenly spaced in time; give whole stretches of a trajectory.")
    parts = [run[a:b] for a, b in pairwise(edges)]
    return [Trajectory(part[0].z, torch.stack([frame.pos for frame in part]), interval) for part in parts]
