"""The roughness of a model's encodings as a part of its loss."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from typing import Any

import torch
from lightning.pytorch.callbacks import Callback
from torch import Tensor, nn

from torch_molfield.nn.encodings.named import named_encodings

#: before the names of encodings in the log
PREFIX = "penalty/"


def encoding_penalties(model: nn.Module) -> dict[str, Tensor]:
    """Penalties of all encodings of a model, to be added to the loss: λ times the roughness, by name.

    Only encodings with λ > 0 are included (:func:`set_penalties`). The values are scalars with gradients.

    Args:
        model: with encodings, such as :func:`~torch_molfield.nn.swap_radial_basis` creates them.
    """
    return {name: each.regularization() for name, each in named_encodings(model).items() if each.weight > 0}


def set_penalties(model: nn.Module, weights: float | Mapping[str, float], relative: bool = False) -> None:
    """Set the weight λ of the roughness penalty of the encodings of a model.

    Args:
        model: with encodings, such as :func:`~torch_molfield.nn.swap_radial_basis` creates them.
        weights: one λ for all encodings, or λ by name for some of them.
        relative: whether λ multiplies the roughness relative to that of the initial table of the encoding. The penalty
            then starts at λ, and one λ suits encodings of different units, ranges and sizes. A basis that is rough
            where there are no data, such as ViSNet's below 0.5 Å, needs a larger λ: 10 to 100 where others need 0.01
            to 1.

    Raises:
        ValueError: for a name that no encoding has, a λ that is negative or not finite, or a model without encodings.
    """
    encodings = named_encodings(model)
    if not encodings:
        raise ValueError(f"{type(model).__name__} has no encoding; give it some with swap_radial_basis.")
    given = dict(weights) if isinstance(weights, Mapping) else dict.fromkeys(encodings, weights)
    for name, weight in given.items():
        if name not in encodings:
            raise ValueError(f"there is no encoding {name!r}; there are {', '.join(encodings)}.")
        if not 0 <= weight < math.inf:
            raise ValueError(f"the weight of {name} must be a finite number of at least 0, got {weight}.")
    for name, weight in given.items():
        each = encodings[name]
        each.weight = float(weight / each.roughness(each.start)) if relative else float(weight)


class EncodingPenalty(Callback):
    """Lightning callback that adds the penalties of all encodings to the loss of every training step and logs them.

    The training step may return a tensor or a dictionary with ``"loss"``. Penalties are logged as ``penalty/NAME``, as
    often as the trainer logs. With manual optimisation no loss is returned; use :func:`encoding_penalties` there.

    Args:
        weights: one λ for all encodings, or λ by the names of encodings in the Lightning module; the others keep
            theirs.
        relative: see :func:`set_penalties`.

    Raises:
        ValueError: when a training begins, as :func:`set_penalties`, or for a module with manual optimisation.
    """

    def __init__(self, weights: float | Mapping[str, float] | None = None, relative: bool = False) -> None:
        self.weights, self.relative = {} if weights is None else weights, relative

    def setup(self, trainer: Any, pl_module: Any, stage: str) -> None:
        """Put the penalties into the training step."""
        if stage != "fit":
            return
        set_penalties(pl_module, self.weights, self.relative)
        if not pl_module.automatic_optimization:
            raise ValueError("the module optimises by hand; add encoding_penalties(model) to its loss there.")
        step = pl_module.training_step

        @functools.wraps(step)
        def penalised(*args: Any, **kwargs: Any) -> Any:
            return _added(step(*args, **kwargs), _logged(trainer, pl_module))

        pl_module.training_step = penalised

    def teardown(self, trainer: Any, pl_module: Any, stage: str) -> None:
        """Leave the module as it was."""
        step = vars(pl_module).get("training_step")
        if stage == "fit" and step is not None:
            pl_module.training_step = step.__wrapped__


def _logged(trainer: Any, module: Any) -> Tensor | float:
    """The sum of the penalties, which are logged when it is time."""
    penalties = encoding_penalties(module)
    if (trainer.global_step + 1) % trainer.log_every_n_steps == 0:
        module.log_dict({PREFIX + name: value.detach() for name, value in penalties.items()}, batch_size=1)
    return torch.stack(list(penalties.values())).sum() if penalties else 0.0


def _added(output: Any, penalty: Tensor | float) -> Any:
    if output is None:
        return None
    return {**output, "loss": output["loss"] + penalty} if isinstance(output, Mapping) else output + penalty
