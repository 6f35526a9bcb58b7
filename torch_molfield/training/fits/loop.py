"""The steps that every fit of a molecular neural field takes."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from torch_molfield.training.batches.steps import mix_seed
from torch_molfield.training.engine import clock
from torch_molfield.training.engine.schedule import learning_rate_factor
from torch_molfield.training.fits.checkpoint import FitState, load_fit, save_fit
from torch_molfield.training.fits.neural_field_settings import NeuralFieldFit
from torch_molfield.training.fits.pool import FieldPool

#: told after every step: the share of the fit that is done, and its state
Progress = Callable[[float, FitState], None]

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
        start, settings, pool = clock.now(), self.settings, self.pool
        self._set_rate()
        pool.refresh(self.state.step)
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
        self.state.advance(number, clock.now() - start)

    def _set_rate(self) -> None:
        settings, state = self.settings, self.state
        factor = learning_rate_factor(state.step, state.progress(settings)) if settings.schedule else 1.0
        for group in self.optimizer.param_groups:
            group["lr"] = settings.learning_rate * factor * (group["share"] if settings.schedule else 1.0)


@dataclass(frozen=True)
class FitFile:
    """The file that a fit goes on from and is kept in.

    Attributes:
        path: no fit is kept without.
        about: what must be the same for a fit to go on, besides the settings; the end may be another.
        seconds: from one writing to the next.
    """

    path: Path | None
    about: dict[str, Any]
    seconds: float = 60.0

    def load(self, model: nn.Module, optimizer: torch.optim.Optimizer, settings: NeuralFieldFit) -> FitState:
        """The state that was reached, in model and optimiser too; the beginning if there is no file."""
        if self.path is None or not self.path.is_file():
            return FitState()
        device = str(next(model.parameters()).device)
        return load_fit(self.path, model, optimizer, self._kept(settings), device)

    def save(self, model: nn.Module, fit: FieldFit) -> None:
        """Write the state."""
        if self.path is not None:
            save_fit(self.path, model, fit.optimizer, self._kept(fit.settings), fit.state)

    def _kept(self, settings: NeuralFieldFit) -> dict[str, Any]:
        same = {name: value for name, value in asdict(settings).items() if name not in ("max_steps", "max_seconds")}
        return {"settings": same, **self.about}


def run_fit(fit: FieldFit, model: nn.Module, file: FitFile, progress: Progress | None = None) -> None:
    """Take steps until the fit is finished, one at least, and keep the state now and then and at the end."""
    saved = fit.state.seconds
    while fit.state.step == 0 or not fit.finished:
        fit.step()
        if progress is not None:
            progress(min(1.0, fit.state.progress(fit.settings)), fit.state)
        if fit.state.seconds - saved >= file.seconds:
            saved = fit.state.seconds
            file.save(model, fit)
    file.save(model, fit)


def make_optimizer(model: torch.nn.Module) -> torch.optim.Optimizer:
    """Adam; each group has its ``share`` of the learning rate."""
    groups: dict[float, list[Tensor]] = {}
    for name, parameter in model.named_parameters():
        share = LATENT_SHARE if name == "latents" else LATTICE_SHARE if "lattice." in name else 1.0
        groups.setdefault(share, []).append(parameter)
    return torch.optim.Adam([{"params": members, "share": share} for share, members in groups.items()], fused=True)
