"""The steps that every fit of a molecular neural field takes."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from torch_molfield.training.field_pool import FieldPool
from torch_molfield.training.fit_checkpoint import FitState
from torch_molfield.training.neural_field_settings import NeuralFieldFit
from torch_molfield.training.schedule import learning_rate_factor
from torch_molfield.training.step_batches import mix_seed

#: the codes' and the lattice's learning rate over the network's
LATENT_SHARE, LATTICE_SHARE = 3.0, 5.0


@dataclass
class FieldFit:
    """What a step needs; ``predict(shapes [B], points [B, Q, 3] Å from the centres) -> [B, Q, C]``, normalised."""

    predict: Callable[[Tensor, Tensor], Tensor]
    optimizer: torch.optim.Optimizer
    pool: FieldPool
    settings: NeuralFieldFit
    state: FitState = field(default_factory=FitState)

    @property
    def finished(self) -> bool:
        return self.state.progress(self.settings) >= 1

    def step(self) -> None:
        """One step; shapes and points are a function of seed and step."""
        start, settings, pool = time.perf_counter(), self.settings, self.pool
        self._set_rate()
        generator = torch.Generator().manual_seed(mix_seed(settings.seed, self.state.step))
        shapes = torch.randperm(len(pool.points), generator=generator)[: settings.batch_size].to(pool.points.device)
        points, values = pool.draw(shapes, settings.num_points, generator)
        difference = self.predict(shapes, points) - values
        loss = difference.abs().mean() if settings.loss == "l1" else difference.square().mean()
        if not math.isfinite(number := float(loss.detach())):
            raise ValueError(f"the loss is not finite at step {self.state.step}; lower the learning rate.")
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.state.advance(number, time.perf_counter() - start)

    def _set_rate(self) -> None:
        settings, state = self.settings, self.state
        factor = learning_rate_factor(state.step, state.progress(settings)) if settings.schedule else 1.0
        for group in self.optimizer.param_groups:
            group["lr"] = settings.learning_rate * factor * (group["share"] if settings.schedule else 1.0)


def make_optimizer(model: torch.nn.Module) -> torch.optim.Optimizer:
    """Adam; each group has its ``share`` of the learning rate."""
    groups: dict[float, list[Tensor]] = {}
    for name, parameter in model.named_parameters():
        share = LATENT_SHARE if name == "latents" else LATTICE_SHARE if "lattice." in name else 1.0
        groups.setdefault(share, []).append(parameter)
    return torch.optim.Adam([{"params": members, "share": share} for share, members in groups.items()])


def psnr(given: Tensor, exact: Tensor) -> float:
    """Peak signal-to-noise ratio in dB, the peak being 1, of the mean square over all points and channels."""
    return -10 * math.log10(max(float((given - exact).square().mean()), 1e-20))
