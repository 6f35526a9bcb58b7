"""Closed-form fields by name."""

from __future__ import annotations

from torch_molfield.data.registry import Registry
from torch_molfield.fields.base import Field

#: all closed-form fields; other packages add theirs by an entry point of the group ``torch_molfield.fields``
FIELDS: Registry[type[Field]] = Registry("field", "torch_molfield.fields", Field)
register_field = FIELDS.register
