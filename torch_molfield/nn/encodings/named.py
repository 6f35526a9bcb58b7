"""The encodings in a model, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import nn

from torch_molfield.nn.encodings.regularized import RegularizedPositionalEncoding


def named_encodings(model: nn.Module) -> dict[str, RegularizedPositionalEncoding]:
    """All encodings in ``model`` by the names of their modules; one that is used in several places once."""
    return {name: module for name, module in model.named_modules() if isinstance(module, RegularizedPositionalEncoding)}


def encoding_settings(model: nn.Module) -> dict[str, dict[str, Any]]:
    """JSON-like settings of all encodings, from which :func:`put_encodings` makes them again."""
    return {name: encoding.settings for name, encoding in named_encodings(model).items()}


def put_encodings(model: nn.Module, settings: Mapping[str, Mapping[str, Any]]) -> None:
    """Put new encodings in the places named, to load the weights of a swapped model into.

    Raises:
        ValueError: where the model has no such place.
    """
    for name, given in dict(settings).items():
        owner, _, attribute = name.rpartition(".")
        place = dict(model.named_modules()).get(owner)
        if not isinstance(getattr(place, attribute, None), nn.Module):
            raise ValueError(
                f"{type(model).__name__} has no module {name!r} to replace; swap a model of the same class."
            )
        setattr(place, attribute, RegularizedPositionalEncoding(**given))
