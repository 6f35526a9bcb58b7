"""The base of models that contain a MolField."""

from __future__ import annotations

from typing import Any, TypeVar

from torch_molfield.models.molfield import MolField
from torch_molfield.models.pretrained import Pretrained

#: where the graph network is in the state of a field
TRUNK = "encoder.trunk."
Own = TypeVar("Own", bound="OnField")


class OnField(Pretrained, abstract=True):
    """Base of models whose setting ``field`` holds the settings of a :class:`MolField`."""

    field: MolField

    @property
    def known_elements(self) -> list[int] | None:
        """Atomic numbers that the field takes."""
        return self.field.known_elements

    @classmethod
    def from_field(cls: type[Own], field: MolField, *given: Any, trunk_only: bool = False, **settings: Any) -> Own:
        """Make a new model around a trained field, whose weights it takes.

        Args:
            field: the trained field.
            given: positional arguments of the constructor.
            trunk_only: whether only the weights of the graph network are taken; the networks that make tokens are then
                new.
            settings: keyword arguments of the constructor.
        """
        model = cls(*given, field=field.config, **settings)
        taken = {k: v for k, v in field.state_dict().items() if not trunk_only or k.startswith(TRUNK)}
        model.field.load_state_dict(taken, strict=not trunk_only)
        return model
