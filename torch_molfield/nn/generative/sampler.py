"""From noise to sites: flow matching with noise that is drawn anew and assigned anew at every step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from torch_molfield.geometry.united_atoms import SiteLabel, Sites, has_its_neighbours
from torch_molfield.nn.generative.coupling import assign_noise, make_noise
from torch_molfield.nn.generative.denoiser import SiteDenoiser

#: rows ``[R]`` of a batch -> standard normal numbers ``[R, n, 4, 3]``, new ones at every call
Draw = Callable[[Tensor], Tensor]


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """How a sample is made.

    Until time ``renoise_after`` the sampler follows the flow (Euler steps). From then on, every step predicts the clean
    molecule and takes it back to the next time with fresh noise, assigned to the prediction by optimal transport as in
    the training: errors of the prediction are so forgotten, where a flow would carry them on.

    A molecule in whose end a site has another number of neighbours than its label says is taken back to ``repair_time``
    and finished again, at most ``max_repairs`` times; what is left after that is kept as it is.

    Attributes:
        num_steps: calls of the network, without repairs.
        renoise_after: time, 0 to 1.
        noise_scale: by which fresh noise is made smaller.
        last_time: at which the last prediction is made.
        max_repairs: 0 for none.
        repair_time: to which a molecule is taken back.
    """

    num_steps: int = 100
    renoise_after: float = 0.4
    noise_scale: float = 0.7
    last_time: float = 0.97
    max_repairs: int = 0
    repair_time: float = 0.5

    def times(self, first: float = 0.0) -> list[float]:
        """Of the calls of the network, from ``first`` on."""
        times = torch.linspace(0, self.last_time, self.num_steps)
        return times[times >= first].tolist()


class Sampler:
    """Makes sites of molecules with given labels, in canonical coordinates.

    Args:
        denoiser: the network.
        labels: that the sites number.
        spread: ``[S, 3]`` Å of the noise by number of sites.
        signs: ``[F, 3]`` of :func:`~torch_molfield.nn.generative.coupling.axis_signs`.
        schedule: how.
    """

    def __init__(
        self, denoiser: SiteDenoiser, labels: Sequence[SiteLabel], spread: Tensor, signs: Tensor, schedule: Schedule
    ) -> None:
        self.denoiser, self.labels, self.spread, self.signs = denoiser, labels, spread, signs
        self.schedule = schedule

    @torch.no_grad()
    def sample(self, label: Tensor, draw: Draw) -> Sites:
        """Sites of the labels ``[B, n]``, −1 where there is no site."""
        rows = torch.arange(len(label), device=label.device)
        sites = self._finish(self._noise(label, draw(rows)), rows, self.schedule.times(), draw)
        for _ in range(self.schedule.max_repairs):
            rows = (~has_its_neighbours(sites, self.labels)).nonzero()[:, 0]
            if not len(rows):
                break
            times = self.schedule.times(self.schedule.repair_time)
            start = self._back(Sites(*(column[rows] for column in sites)), times[0], draw(rows))
            for column, repaired in zip(sites, self._finish(start, rows, times, draw), strict=True):
                column[rows] = repaired
        return sites

    def _finish(self, sites: Sites, rows: Tensor, times: list[float], draw: Draw) -> Sites:
        """The clean molecules of sites at the first of ``times``."""
        for time, later in pairwise(times):
            clean, moved = self._predict(sites, time, later)
            sites = moved if time < self.schedule.renoise_after else self._back(clean, later, draw(rows))
        return self._predict(sites, times[-1], 1.0)[0]

    def _predict(self, sites: Sites, time: float, later: float) -> tuple[Sites, Sites]:
        """The clean molecule, and the sites at a later time on the straight path."""
        direction = self.denoiser(sites, sites.pos.new_full((len(sites.label),), time))

        def at(end: float) -> Sites:
            pos, hydrogens = (
                start + (end - time) * velocity for start, velocity in zip(sites[1:], direction[:2], strict=True)
            )
            return Sites(sites.label, pos, hydrogens)

        return at(1.0), at(later)

    def _back(self, clean: Sites, time: float, normal: Tensor) -> Sites:
        """A clean molecule at an earlier time, with fresh noise."""
        noise = assign_noise(clean, self._noise(clean.label, normal), self.signs)
        share = (1 - time) * self.schedule.noise_scale
        pos, hydrogens = (time * known + share * new for known, new in zip(clean[1:], noise[1:], strict=True))
        return Sites(clean.label, pos, hydrogens)

    def _noise(self, label: Tensor, normal: Tensor) -> Sites:
        hydrogens = torch.where(label >= 0, self.denoiser.hydrogens[label.clamp(min=0)], 0)
        return make_noise(normal, label, hydrogens, self.spread[(label >= 0).sum(1)])
