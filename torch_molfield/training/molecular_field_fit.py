"""Fitting molecular neural fields: network and codes together, or the code of a new shape alone."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from torch_molfield.models import LatentField, MolecularNeuralField
from torch_molfield.training.field_pool import FieldPool, grid_pool, random_pool
from torch_molfield.training.field_targets import FieldTarget, common_box
from torch_molfield.training.fit_checkpoint import FitState, load_fit, save_fit
from torch_molfield.training.neural_field_settings import NETWORK, NeuralFieldFit
from torch_molfield.training.schedule import learning_rate_factor
from torch_molfield.training.step_batches import mix_seed

#: the codes' and the lattice's learning rate over the network's
LATENT_SHARE, LATTICE_SHARE = 3.0, 5.0


@dataclass
class _Fit:
    """What a step needs; ``predict(shapes, points)`` are the network's values."""

    predict: Callable[[Tensor, Tensor], Tensor]
    optimizer: torch.optim.Optimizer
    pool: FieldPool
    settings: NeuralFieldFit
    state: FitState = field(default_factory=FitState)


def fit_neural_field(
    targets: Sequence[FieldTarget],
    settings: NeuralFieldFit,
    network: dict[str, Any] | None = None,
    device: str = "cpu",
    checkpoint: Path | None = None,
    checkpoint_seconds: float = 60.0,
) -> tuple[MolecularNeuralField, list[tuple[float, float]]]:
    """Fit one network and a code for each target (auto-decoder).

    Args:
        targets: the shapes, with the same channels.
        settings: see :class:`NeuralFieldFit`.
        network: settings of the network that differ from ``NETWORK``.
        checkpoint: file to resume from and to write every ``checkpoint_seconds``.

    Returns:
        the model, and ``(seconds, loss)`` every 20 steps.

    Raises:
        ValueError: for targets that do not belong together, a checkpoint of another fit, or a loss that is not finite.
    """
    began = time.perf_counter()
    half_width = common_box(targets)
    torch.manual_seed(settings.seed)
    options, channels = {**NETWORK, **(network or {})}, targets[0].field.channels
    model = MolecularNeuralField(channels=channels, shapes=len(targets), half_width=half_width, network=options)
    pool = make_pool(targets, half_width, settings)
    model.centers.copy_(torch.stack([target.center for target in targets]))
    model.scales.copy_(pool.scales)
    model.to(device)
    fit = _Fit(lambda k, x: model.field(model.latents[k], x), make_optimizer(model), pool.to(device), settings)
    kept = {"settings": asdict(settings), "model": model.config, "centers": model.centers.tolist()}
    fit.state.seconds = time.perf_counter() - began
    if checkpoint is not None and checkpoint.is_file():
        fit.state = load_fit(checkpoint, model, fit.optimizer, kept, device)
    saved = fit.state.seconds
    while fit.state.progress(settings) < 1:
        _step(fit)
        if checkpoint is not None and fit.state.seconds - saved >= checkpoint_seconds:
            saved = fit.state.seconds
            save_fit(checkpoint, model, fit.optimizer, kept, fit.state)
    if checkpoint is not None:
        save_fit(checkpoint, model, fit.optimizer, kept, fit.state)
    return model.eval(), fit.state.curve


def fit_latent(
    model: MolecularNeuralField, target: FieldTarget, settings: NeuralFieldFit
) -> tuple[LatentField, list[tuple[float, float]]]:
    """The code of a new shape, the network frozen; begins at the mean of the known codes.

    Returns:
        the shape's field, and ``(seconds, loss)`` every 20 steps.

    Raises:
        ValueError: for a target with other channels or too large for the model's box.
    """
    if target.field.channels != model.channels:
        raise ValueError(f"the target has channels {target.field.channels}, but the model {model.channels}.")
    if target.half_width > model.half_width * (1 + 1e-6):
        raise ValueError(
            f"the shape needs a box of half-width {target.half_width:.2f} Å, the model has {model.half_width:.2f}; "
            "fit a model with a shape as large as that."
        )
    began = time.perf_counter()
    latent = model.latents.detach().mean(0, keepdim=True).clone().requires_grad_()
    pool = make_pool([target], model.half_width, settings)
    pool = FieldPool(pool.points, pool.values, model.scales.cpu()).to(str(latent.device))
    optimizer = torch.optim.Adam([{"params": [latent], "share": LATENT_SHARE}])
    fit = _Fit(lambda k, x: model.field(latent[k], x), optimizer, pool, settings)
    fit.state.seconds = time.perf_counter() - began
    with _frozen(model):
        while fit.state.progress(settings) < 1:
            _step(fit)
    return model.at(latent.detach()[0], target.center.to(latent)), fit.state.curve


def make_pool(targets: Sequence[FieldTarget], half_width: float, settings: NeuralFieldFit) -> FieldPool:
    """The points of a fit with their exact values."""
    if settings.grid is not None:
        return grid_pool(targets, half_width, settings.grid)
    return random_pool(targets, half_width, settings.pool, settings.near, settings.seed)


def make_optimizer(model: MolecularNeuralField) -> torch.optim.Optimizer:
    """Adam; each group has its ``share`` of the learning rate."""
    groups: dict[float, list[Tensor]] = {}
    for name, parameter in model.named_parameters():
        share = LATENT_SHARE if name == "latents" else LATTICE_SHARE if "lattice." in name else 1.0
        groups.setdefault(share, []).append(parameter)
    return torch.optim.Adam([{"params": members, "share": share} for share, members in groups.items()])


@contextmanager
def _frozen(model: torch.nn.Module) -> Iterator[None]:
    """The model's parameters need no gradient inside the ``with`` block."""
    learned = [p for p in model.parameters() if p.requires_grad]
    try:
        for parameter in learned:
            parameter.requires_grad_(False)
        yield
    finally:
        for parameter in learned:
            parameter.requires_grad_(True)


def _set_rate(fit: _Fit) -> None:
    settings, state = fit.settings, fit.state
    factor = learning_rate_factor(state.step, state.progress(settings)) if settings.schedule else 1.0
    for group in fit.optimizer.param_groups:
        group["lr"] = settings.learning_rate * factor * (group["share"] if settings.schedule else 1.0)


def _step(fit: _Fit) -> None:
    """One step; shapes and points are a function of seed and step."""
    start, settings, pool = time.perf_counter(), fit.settings, fit.pool
    _set_rate(fit)
    generator = torch.Generator().manual_seed(mix_seed(settings.seed, fit.state.step))
    shapes = torch.randperm(len(pool.points), generator=generator)[: settings.batch_size].to(pool.points.device)
    points, values = pool.draw(shapes, settings.num_points, generator)
    difference = fit.predict(shapes, points) - values
    loss = difference.abs().mean() if settings.loss == "l1" else difference.square().mean()
    if not math.isfinite(number := float(loss.detach())):
        raise ValueError(f"the loss is not finite at step {fit.state.step}; lower the learning rate.")
    fit.optimizer.zero_grad()
    loss.backward()
    fit.optimizer.step()
    fit.state.advance(number, time.perf_counter() - start)


def psnr(given: Tensor, exact: Tensor) -> float:
    """Peak signal-to-noise ratio in dB, the peak being 1, of the mean square over all points and channels."""
    return -10 * math.log10(max(float((given - exact).square().mean()), 1e-20))
