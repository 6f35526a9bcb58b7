"""The charge of each molecule of the command line."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from torch_molfield.data import Entry, MolFieldData
    from torch_molfield.models.predictor import Predictor

ASSUMED = "assumed; give --charge if it is another"


def charge_of(data: MolFieldData, given: int | None) -> tuple[float, str]:
    """The charge of a molecule, and where it is from: as asked for, of the file, of the SMILES, or assumed."""
    if given is not None:
        return float(given), "given"
    from torch_molfield.data.electrons import stored_charge

    return stored_charge(data) or (0.0, ASSUMED)


def prepare_charges(model: str, network: Predictor, read: Sequence[tuple[str, Entry]], given: int | None) -> None:
    """Give molecules their ``charge``, where the model takes one, and tell for which of them 0 was assumed; else warn
    of those that are not what the model takes them for, neutral and closed-shell.

    Raises:
        ValueError: for a charge that was asked for and that the model does not take.
    """
    import torch

    from torch_molfield.models.predictor import takes_charge

    if not takes_charge(network):
        if given is not None:
            raise ValueError(f"{model} takes all molecules as neutral; omit --charge, or use organic-density.")
        _warn_of_electrons(read, bool, "predicted as neutral and closed-shell")
        return
    assumed = []
    for name, entry in read:
        if entry.data is not None:
            total, source = charge_of(entry.data, given)
            entry.data.charge = torch.tensor([total])
            assumed += [f"{name}, molecule {entry.number}"] * (source == ASSUMED)
    if assumed:
        others = f", and of {len(assumed) - 1} more" if len(assumed) > 1 else ""
        typer.echo(f"molfield: charge 0 of {assumed[0]}{others}, {ASSUMED}", err=True)
    # an even multiplicity has an odd number of electrons, which the models refuse
    _warn_of_electrons(read, lambda electrons: electrons.get("spin", 0) % 2 == 1, "predicted as closed-shell")


def _warn_of_electrons(read: Sequence[tuple[str, Entry]], chosen: Callable[[dict[str, Any]], bool], taken: str) -> None:
    """Warn of molecules with ``chosen`` charges and multiplicities, of what the model takes them for."""
    from torch_molfield.data.electrons import unusual_electrons

    found = [
        (f"{name}, molecule {entry.number}", electrons)
        for name, entry in read
        if entry.data is not None and chosen(electrons := unusual_electrons(entry.data))
    ]
    if found:
        place, electrons = found[0]
        what = f"charge {electrons.get('charge', 0):g} and multiplicity {electrons.get('spin', 1):g}"
        others = f", and {len(found) - 1} more such molecules" if len(found) > 1 else ""
        warnings.warn(f"{place} has {what}{others}; {taken}.", stacklevel=2)
