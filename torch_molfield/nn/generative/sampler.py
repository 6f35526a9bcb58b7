"""From noise to sites: flow matching with noise that is drawn anew and assigned anew at every step."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from torch_molfield.geometry.united_atoms import Sites
from torch_molfield.nn.generative.coupling import assign_noise, make_noise
from torch_molfield.nn.generative.denoiser import SiteDenoiser


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """How a sample is made.

    Until time ``renoise_after`` the sampler follows the flow (Euler steps). From then on, every step predicts the clean
    molecule and takes it back to the next time with fresh noise, assigned to the prediction by optimal transport as in
    the training: errors of the prediction are so forgotten, where a flow would carry them on.

    Attributes:
        num_steps: calls of the network.
        renoise_after: time, 0 to 1.
        noise_scale: by which fresh noise is made smaller.
        last_time: at which the last prediction is made.
    """

    num_steps: int = 100
    renoise_after: float = 0.4
    noise_scale: float = 0.9
    last_time: float = 0.99

    def times(self) -> list[float]:
        """Of the calls of the network."""
        return torch.linspace(0, self.last_time, self.num_steps).tolist()


@torch.no_grad()
def sample_sites(
    denoiser: SiteDenoiser, label: Tensor, spread: Tensor, signs: Tensor, normal: Tensor, schedule: Schedule
) -> Sites:
    """Sites of molecules with the given labels, in canonical coordinates.

    Args:
        denoiser: the network.
        label: ``[B, n]``, −1 where there is no site.
        spread: ``[B, 3]`` Å of the noise.
        signs: ``[F, 3]`` of :func:`~torch_molfield.nn.generative.coupling.axis_signs`.
        normal: ``[S, B, n, 4, 3]`` standard normal numbers, a row per step.
        schedule: of S steps.
    """
    hydrogens = torch.where(label >= 0, denoiser.hydrogens[label.clamp(min=0)], 0)
    times = schedule.times()
    sites = make_noise(normal[0], label, hydrogens, spread)
    for step, time in enumerate(times):
        direction = denoiser(sites, spread.new_full((len(label),), time))
        clean = _moved(sites, direction, 1 - time)
        if step + 1 == len(times):
            return clean
        later = times[step + 1]
        if time < schedule.renoise_after:
            sites = _moved(sites, direction, later - time)
        else:
            noise = assign_noise(clean, make_noise(normal[step + 1], label, hydrogens, spread), signs)
            share = (1 - later) * schedule.noise_scale
            pos = later * clean.pos + share * noise.pos
            sites = Sites(label, pos, later * clean.hydrogens + share * noise.hydrogens)
    return sites


def _moved(sites: Sites, direction: tuple[Tensor, ...], duration: float) -> Sites:
    pos, hydrogens = sites.pos + duration * direction[0], sites.hydrogens + duration * direction[1]
    return Sites(sites.label, pos, hydrogens)
