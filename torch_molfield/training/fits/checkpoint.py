"""How far a fit has come, and the file from which it is resumed."""

from __future__ import annotations

import math
import pickle
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from torch_molfield.data.io.atomic import atomic_file
from torch_molfield.training.fits.settings import FitSettings

CURVE_STEPS = 20
#: ``(seconds, loss)`` every ``CURVE_STEPS`` steps
Curve = list[tuple[float, float]]


@dataclass
class FitState:
    """Steps and seconds done, and the losses on the way."""

    step: int = 0
    seconds: float = 0.0
    curve: Curve = field(default_factory=list)

    def progress(self, settings: FitSettings) -> float:
        """How much of the fit is done, 0 to 1 and beyond."""
        return max(self.step / (settings.max_steps or math.inf), self.seconds / settings.end_seconds)

    def advance(self, loss: float, seconds: float) -> None:
        """One step is done."""
        self.seconds += seconds
        if self.step % CURVE_STEPS == 0:
            self.curve.append((round(self.seconds, 3), loss))
        self.step += 1


def save_fit(
    path: Path, model: nn.Module, optimizer: torch.optim.Optimizer, kept: dict[str, Any], state: FitState
) -> None:
    """Write the state atomically."""
    content = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "kept": kept, **asdict(state)}
    with atomic_file(path) as partial:
        torch.save(content, partial)


def load_fit(path: Path, model: nn.Module, optimizer: torch.optim.Optimizer, kept: dict[str, Any]) -> FitState:
    """Load a state into model and optimiser; one of another fit (``kept``) would not end where this one does.

    Raises:
        ValueError: if the file is damaged or belongs to another fit.
    """
    try:
        content = torch.load(path, map_location=next(model.parameters()).device, weights_only=True)
    except (RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise ValueError(f"{path} is truncated or no checkpoint; remove it to begin anew.") from error
    if not isinstance(content, dict) or content.get("kept") != kept:
        raise ValueError(f"{path} belongs to a fit with other settings or other shapes; use another file.")
    model.load_state_dict(content["model"])
    optimizer.load_state_dict(content["optimizer"])
    return FitState(content["step"], content["seconds"], content["curve"])
