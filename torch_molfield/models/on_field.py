"""What the models that have a MolField in them share."""

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
        """Those of the field."""
        return self.field.known_elements

    @classmethod
    def from_field(cls: type[Own], field: MolField, *given: Any, trunk_only: bool = False, **settings: Any) -> Own:
        """A new model around a trained field, whose weights it takes; other arguments as of the constructor.

        With ``trunk_only`` it takes those of the graph network alone, and what makes tokens of its features is new.
        """
        model = cls(*given, field=field.config, **settings)
        taken = {k: v for k, v in field.state_dict().items() if not trunk_only or k.startswith(TRUNK)}
        model.field.load_state_dict(taken, strict=not trunk_only)
        return model
