"""Random points with exact values, each part of a pool drawn anew while a fit goes on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from torch_molfield.data.seeds import mix_seed
from torch_molfield.fields.targets import FieldTarget

#: a pool is replaced in so many parts a shape, slices of space, of at least so many points
PARTS, LEAST = 32, 16


@dataclass(frozen=True)
class PointSupply:
    """Where the points of a pool come from. What a pool holds is a function of seed and step alone.

    Round r replaces one part of one shape: shape after shape, then the next part.

    Attributes:
        targets: S shapes.
        half_width: of the box, Å.
        count: points a shape.
        share: of them near the atoms.
        fresh: points replaced a step, on average; 0 replaces none.
        seed: of all that is drawn.
    """

    targets: Sequence[FieldTarget]
    half_width: float
    count: int
    share: float
    fresh: int
    seed: int

    @property
    def parts(self) -> int:
        """Parts a shape."""
        return min(PARTS, max(1, self.count // LEAST))

    @property
    def every(self) -> int:
        """Steps from one round to the next."""
        return max(1, round(self.count / self.parts / self.fresh)) if self.fresh else 0

    def rounds(self, step: int) -> int:
        """Rounds done before this step is taken."""
        return step // self.every if self.fresh else 0

    def place(self, part: int) -> slice:
        """Where a part lies among the points of its shape."""
        return slice(part * self.count // self.parts, (part + 1) * self.count // self.parts)

    def shape_points(self, shape: int, rounds: int) -> tuple[Tensor, Tensor]:
        """Points ``[count, 3]`` (Å from the shape's centre) and values ``[count, C]`` after so many rounds."""
        drawn = [self._draw(shape, part, self._replaced(shape, part, rounds)) for part in range(self.parts)]
        points = torch.cat(drawn)
        return points, self._values(shape, points)

    def replacement(self, number: int) -> tuple[int, slice, Tensor, Tensor]:
        """What round ``number`` (from 1) replaces: shape, place, points and values."""
        shape, part = (number - 1) % len(self.targets), (number - 1) // len(self.targets) % self.parts
        points = self._draw(shape, part, self._replaced(shape, part, number))
        return shape, self.place(part), points, self._values(shape, points)

    def replacements(self, step: int) -> Iterator[tuple[int, slice, Tensor, Tensor]]:
        """Those that are due before ``step`` and were not before the step ahead of it."""
        if self.fresh and step and step % self.every == 0:
            yield self.replacement(self.rounds(step))

    def _replaced(self, shape: int, part: int, rounds: int) -> int:
        """How often a part has been replaced after so many rounds."""
        before = rounds - 1 - (part * len(self.targets) + shape)
        return before // (self.parts * len(self.targets)) + 1 if before >= 0 else 0

    def _draw(self, shape: int, part: int, times: int) -> Tensor:
        seed = mix_seed(mix_seed(self.seed, shape * self.parts + part), times)
        place, target = self.place(part), self.targets[shape]
        generator, count = torch.Generator().manual_seed(seed), place.stop - place.start
        points = target.sample(count, self.half_width, generator, self.share, part, self.parts)
        return points - target.center

    def _values(self, shape: int, points: Tensor) -> Tensor:
        return self.targets[shape](points + self.targets[shape].center)
