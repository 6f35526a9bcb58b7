"""The loop of all fits of one network per object."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor, nn
from typing_extensions import NamedTuple

from torch_molfield.training.batches.steps import seeded
from torch_molfield.training.engine import clock
from torch_molfield.training.fits.checkpoint import Curve, FitState, load_fit, save_fit
from torch_molfield.training.fits.settings import FitSettings

Model = TypeVar("Model")
#: the loss of a step, a function of seed and step; torch's global generators are seeded by these
Loss = Callable[[int], Tensor]
#: makes the loss, from the number of steps that an earlier run has done
Prepare = Callable[[int], Loss]
#: called after every step with the share of the fit that is done, and its state
Progress = Callable[[float, FitState], None]


class FitResult(NamedTuple, Generic[Model]):
    """The fitted model, and ``(seconds, loss)`` every 20 steps."""

    model: Model
    curve: Curve


def run_fit(
    model: nn.Module,
    settings: FitSettings,
    prepare: Prepare,
    about: dict[str, Any],
    checkpoint: Path | None = None,
    checkpoint_every_seconds: float = 60.0,
    progress: Progress | None = None,
) -> Curve:
    """Take steps until the end of the settings, at least one; the model is changed in place.

    Args:
        model: its parameters are fitted, and its state is in the checkpoint.
        settings: end and learning rate.
        prepare: makes the loss; called after model and optimizer are restored. Its time counts where a fit begins.
        about: what must be the same for a fit to be resumed, besides the settings; the end may differ.
        checkpoint: file to resume from, written every ``checkpoint_every_seconds`` and at the end.
        progress: called after every step.

    Returns:
        ``(seconds, loss)`` every 20 steps.

    Raises:
        ValueError: for a checkpoint that is damaged or of another fit, or a loss that is not finite.
    """
    began = clock.now()
    optimizer, state = make_optimizer(model.train(), settings), FitState()
    kept = {"settings": settings.without_end(), **about}
    if checkpoint is not None and checkpoint.is_file():
        state = load_fit(checkpoint, model, optimizer, kept)
    loss = prepare(state.step)
    if state.step == 0:
        state.seconds = clock.now() - began
    saved, device = state.seconds, next(model.parameters()).device
    while state.step == 0 or state.progress(settings) < 1:
        _step(optimizer, settings, loss, state, device)
        if progress is not None:
            progress(min(1.0, state.progress(settings)), state)
        if checkpoint is not None and state.seconds - saved >= checkpoint_every_seconds:
            saved = state.seconds
            save_fit(checkpoint, model, optimizer, kept, state)
    if checkpoint is not None:
        save_fit(checkpoint, model, optimizer, kept, state)
    model.eval()
    return state.curve


def _step(
    optimizer: torch.optim.Optimizer, settings: FitSettings, loss: Loss, state: FitState, device: torch.device
) -> None:
    began = clock.now()
    rate = settings.learning_rate_at(state.step, state.progress(settings))
    for group in optimizer.param_groups:
        group["lr"] = rate * group["share"]
    with seeded(settings.seed, state.step, device):
        found = loss(state.step)
    if not math.isfinite(number := float(found.detach())):
        raise ValueError(f"the loss is not finite at step {state.step}; lower the learning rate.")
    optimizer.zero_grad()
    found.backward()
    optimizer.step()
    state.advance(number, clock.now() - began)


def make_optimizer(model: nn.Module, settings: FitSettings) -> torch.optim.Optimizer:
    """Adam; each group has its ``share`` of the learning rate."""
    groups: dict[float, list[Tensor]] = {}
    for name, parameter in model.named_parameters():
        groups.setdefault(settings.share(name), []).append(parameter)
    return torch.optim.Adam([{"params": members, "share": share} for share, members in groups.items()], fused=True)
