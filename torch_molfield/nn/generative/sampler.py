"""The sampler: flow matching with noise that is drawn and assigned anew at every step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from torch_molfield.geometry.united_atoms import SiteLabel, Sites, bonded_sites
from torch_molfield.geometry.valences import can_have_orders
from torch_molfield.nn.generative.coupling import assign_noise, make_noise
from torch_molfield.nn.generative.denoiser import Direction, SiteDenoiser

#: rows ``[R]`` of a batch -> standard normal numbers ``[R, n, 4, 3]``, new ones at every call
Draw = Callable[[Tensor], Tensor]
#: predicted molecules, their rows ``[R]`` in the batch and the time -> the molecules as they are wanted
Guide = Callable[[Sites, Tensor, float], Sites]


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """Settings of the sampler.

    Until time ``renoise_after`` the sampler follows the flow (Euler steps). After that, every step predicts the clean
    molecule and takes it back to the next time with new noise, assigned to the prediction by optimal transport as in
    training. Errors of the prediction are thus forgotten, whereas a flow would carry them on.

    A molecule is sampled again from new noise, at most ``max_repairs`` times, if a site has another number of
    neighbours than its label says, or its bonds cannot get orders that give every site its usual valence
    (:mod:`torch_molfield.geometry.valences`). What is still wrong after that is kept as it is.

    Attributes:
        num_steps: calls of the network, without repairs.
        renoise_after: time, 0 to 1.
        noise_scale: factor on new noise.
        first_time: time at which given molecules are changed, see :meth:`Sampler.sample`; 0 for new ones.
        last_time: time at which the last prediction is made.
        max_repairs: 0 for none.
    """

    num_steps: int = 100
    renoise_after: float = 0.4
    noise_scale: float = 0.7
    first_time: float = 0.0
    last_time: float = 0.97
    max_repairs: int = 0

    def times(self) -> list[float]:
        """Return the times of the calls of the network."""
        times = torch.linspace(0, self.last_time, self.num_steps)
        return times[times >= self.first_time].tolist()


class Sampler:
    """Makes sites of molecules with given labels, in canonical coordinates.

    Args:
        denoiser: the network.
        labels: that the sites number.
        spread: ``[S, 3]`` Å of the noise by number of sites.
        signs: ``[F, 3]`` of :func:`~torch_molfield.nn.generative.coupling.axis_signs`.
        schedule: how.
        guidance: strength of the conditions, see :class:`~torch_molfield.nn.generative.conditions.Conditions`.
        guide: changes every predicted molecule, so that the last one is as wanted.
    """

    def __init__(
        self,
        denoiser: SiteDenoiser,
        labels: Sequence[SiteLabel],
        spread: Tensor,
        signs: Tensor,
        schedule: Schedule,
        guidance: float = 1.0,
        guide: Guide | None = None,
    ) -> None:
        self.denoiser, self.labels, self.spread, self.signs = denoiser, labels, spread, signs
        self.schedule, self.guidance, self.guide = schedule, guidance, guide

    @torch.no_grad()
    def sample(self, label: Tensor, context: Tensor, draw: Draw, start: Sites | None = None) -> Sites:
        """Sites of the labels ``[B, n]``, −1 where there is no site, under conditions ``context [B, C]``.

        ``start`` are molecules of these labels to begin with, at the time ``schedule.first_time``, in place of noise.
        """
        rows = torch.arange(len(label), device=label.device)
        sites = self._make(label, context, rows, draw, start)
        for _ in range(self.schedule.max_repairs):
            rows = (~has_its_bonds(sites, self.labels)).nonzero()[:, 0]
            if not len(rows):
                break
            for column, again in zip(sites, self._make(label, context, rows, draw, start), strict=True):
                column[rows] = again
        return sites

    def _make(self, label: Tensor, context: Tensor, rows: Tensor, draw: Draw, start: Sites | None) -> Sites:
        """The molecules ``rows [R]`` of the batch."""
        times = self.schedule.times()
        if start is None:
            sites = self._noise(label[rows], draw(rows))
        else:
            sites = self._back(Sites(*(column[rows] for column in start)), times[0], draw(rows))
        for time, later in pairwise(times):
            clean = self._predict(sites, context, rows, time)
            if time < self.schedule.renoise_after:
                sites = _toward(sites, clean, (later - time) / (1 - time))
            else:
                sites = self._back(clean, later, draw(rows))
        return self._predict(sites, context, rows, times[-1])

    def _predict(self, sites: Sites, context: Tensor, rows: Tensor, time: float) -> Sites:
        """The clean molecules of sites at a time."""
        when, told = sites.pos.new_full((len(sites.label),), time), context[rows]
        direction = self.denoiser(sites, when, told)
        if self.guidance != 1 and told.shape[1]:
            without = self.denoiser(sites, when, torch.zeros_like(told))
            direction = Direction(*(torch.lerp(a, b, self.guidance) for a, b in zip(without, direction, strict=True)))
        pos, hydrogens = (
            start + (1 - time) * velocity for start, velocity in zip(sites[1:], direction[:2], strict=True)
        )
        clean = Sites(sites.label, pos, hydrogens)
        return clean if self.guide is None else self.guide(clean, rows, time)

    def _back(self, clean: Sites, time: float, normal: Tensor) -> Sites:
        """A clean molecule at an earlier time, with fresh noise."""
        noise = assign_noise(clean, self._noise(clean.label, normal), self.signs)
        share = (1 - time) * self.schedule.noise_scale
        pos, hydrogens = (time * known + share * new for known, new in zip(clean[1:], noise[1:], strict=True))
        return Sites(clean.label, pos, hydrogens)

    def _noise(self, label: Tensor, normal: Tensor) -> Sites:
        hydrogens = torch.where(label >= 0, self.denoiser.hydrogens[label.clamp(min=0)], 0)
        return make_noise(normal, label, hydrogens, self.spread[(label >= 0).sum(1)])


def has_its_bonds(sites: Sites, labels: Sequence[SiteLabel]) -> Tensor:
    """``[B]``, whether every site of a molecule has as many bonds as its label says, and the bonds can get orders."""
    bonded, label = bonded_sites(sites, labels).cpu(), sites.label.cpu()
    wanted = torch.tensor([*(entry.neighbours for entry in labels), 0])
    found = (bonded.sum(2) == wanted[label]).all(1)
    for row in found.nonzero()[:, 0].tolist():
        own = [labels[place] for place in label[row].tolist() if place >= 0]
        neighbours = [bonded[row, site].nonzero()[:, 0].tolist() for site in range(len(own))]
        found[row] = can_have_orders(own, neighbours)
    return found.to(sites.pos.device)


def _toward(sites: Sites, clean: Sites, share: float) -> Sites:
    """A share of the straight path to the clean molecule."""
    return Sites(
        sites.label, *(torch.lerp(here, there, share) for here, there in zip(sites[1:], clean[1:], strict=True))
    )
