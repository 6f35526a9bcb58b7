"""Checks of what a calculator is made of."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import torch

from torch_molfield.models import EnergyMolField

#: what ASE's ``Calculator`` takes
ASE_SETTINGS = ("restart", "label", "directory", "atoms")


def usable_device(device: str | torch.device) -> torch.device:
    """The device, on which a tensor has been made; ``ValueError`` where torch has none of that name."""
    try:
        chosen = torch.device(device)
        torch.empty(1, device=chosen)
    except (RuntimeError, AssertionError) as error:  # torch asserts that it has been built with CUDA
        reason = "this torch or this machine has no such device"
        if str(device).partition(":")[0] == "cuda":
            found = torch.cuda.device_count()
            reason = f"torch finds {found or 'no'} GPU{'s' if found > 1 else ''}"
        raise ValueError(
            f"device {str(device)!r} cannot be used: {reason}; choose 'cpu', or 'cuda' where there is a GPU."
        ) from error
    return chosen


def usable_dtype(dtype: torch.dtype) -> torch.dtype:
    """float32 or float64; ``ValueError`` for another."""
    if dtype not in (torch.float32, torch.float64):
        raise ValueError(f"dtype must be torch.float32 or torch.float64, got {dtype}.")
    return dtype


def check_settings(unknown_elements: str, ase: Collection[str]) -> None:
    """``ValueError`` for another choice than ``"refuse"`` or ``"allow"``, or names that ASE does not know."""
    if unknown_elements not in ("refuse", "allow"):
        raise ValueError(f"unknown_elements must be 'refuse' or 'allow', got {unknown_elements!r}.")
    strange = [name for name in ase if name not in ASE_SETTINGS]
    if strange:
        raise ValueError(
            f"MolFieldCalculator has no setting {', '.join(strange)}; it takes field, charge, spin, device, dtype, "
            f"compile, unknown_elements and ASE's {', '.join(ASE_SETTINGS)}."
        )


def check_committee(models: EnergyMolField | Sequence[EnergyMolField]) -> list[EnergyMolField]:
    """One model or several as a list; ``ValueError`` for none, for other objects, or models of different elements."""
    given = [models] if isinstance(models, EnergyMolField | str) else list(models)
    if not given:
        raise ValueError("a calculator needs at least one model.")
    for number, model in enumerate(given):
        if not isinstance(model, EnergyMolField):
            raise ValueError(
                f"model {number} is {model!r}, not an EnergyMolField; for names and folders there is "
                "MolFieldCalculator.from_pretrained(…)."
            )
        if model.elements != given[0].elements:
            raise ValueError(
                f"model {number} of the committee knows the elements {model.elements}, the first one "
                f"{given[0].elements}; train them on the same elements."
            )
    return given
