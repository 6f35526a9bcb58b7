"""Calculators and fields by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch_molfield.calculators.field_calculator import FieldCalculator
from torch_molfield.calculators.surfaces import SurfaceField, charge_potential
from torch_molfield.calculators.xtb import GFN2Calculator
from torch_molfield.data.registry import load_address
from torch_molfield.data.words import did_you_mean
from torch_molfield.fields import FIELDS
from torch_molfield.models.load import load_model

#: names of calculators that are neither models nor written as module:Class
XTB = "tblite"
#: the field of :func:`~torch_molfield.calculators.charge_potential`
CHARGES = "charge_potential"


def named_base(name: str) -> Any:
    """Return an ASE calculator with forces by its name.

    Args:
        name: ``"tblite"`` (GFN2-xTB), or ``"module:Class"``, a class or function that is called without arguments.

    Raises:
        ValueError: for a name without colon that is not known, an object that cannot be imported or made, or that is
            not an ASE calculator with forces.
    """
    if name == XTB:
        return GFN2Calculator()
    make = load_address("calculator", name)
    try:
        base = make() if callable(make) else make
    except Exception as error:  # whatever a class of others raises
        raise ValueError(
            f"calculator {name!r} cannot be made without arguments ({type(error).__name__}: {error}); write a function "
            "that makes it, and give module:function."
        ) from error
    if not hasattr(base, "get_property"):
        raise ValueError(f"{name} gives {type(base).__name__}, which is not an ASE calculator.")
    if "forces" not in getattr(base, "implemented_properties", ()):
        raise ValueError(f"{name} ({type(base).__name__}) has no forces; motion needs them. Take another calculator.")
    return base


def is_base(name: str) -> bool:
    """Whether a name is for :func:`named_base` rather than a model."""
    return name == XTB or (":" in name and not Path(name).exists())


def named_field(name: str) -> SurfaceField:
    """Return a field for calculators by its name.

    Args:
        name: a closed-form field, ``"module:Class"``, ``"charge_potential"``, or a model.

    Raises:
        ValueError, FileNotFoundError: for a name that is none of these.
    """
    if name == CHARGES:
        return charge_potential
    if name in FIELDS or ":" in name:
        return FIELDS.get(name)()
    try:
        return load_model(name, "surface")
    except FileNotFoundError as error:
        fields = ", ".join([CHARGES, *FIELDS])
        raise FileNotFoundError(
            f"{error} Nor is it a field ({fields})" + did_you_mean(name, [CHARGES, *FIELDS])
        ) from error


def field_calculator(name: str, field: str | None = None, device: str = "cpu") -> FieldCalculator:
    """A :class:`FieldCalculator` of :func:`named_base` and :func:`named_field`."""
    return FieldCalculator(named_base(name), field=None if field is None else named_field(field), device=device)
