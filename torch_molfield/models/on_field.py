"""What the models that have a MolField in them share."""

from __future__ import annotations

from typing import Any, TypeVar

from torch_molfield.models.molfield import MolField
from torch_molfield.models.pretrained import Pretrained

Own = TypeVar("Own", bound="OnField")


class OnField(Pretrained):
    """Base of models whose setting ``field`` holds the settings of a :class:`MolField`."""

    field: MolField

    @classmethod
    def from_field(cls: type[Own], field: MolField, *given: Any, **settings: Any) -> Own:
        """A new model around a trained field, whose weights it takes; other arguments as of the constructor."""
        model = cls(*given, field=field.config, **settings)
        model.field.load_state_dict(field.state_dict())
        return model
