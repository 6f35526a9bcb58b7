"""Charges and multiplicities of molecules."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch_geometric.data import Data

#: charge and multiplicity of a neutral closed-shell molecule
_USUAL = {"charge": 0, "spin": 1}


def checked_number(value: object, name: str) -> float:
    """A charge or multiplicity as a number; ``name`` is that of the entry of ``atoms.info`` that has it.

    Raises:
        ValueError: for a value that is not a finite number.
    """
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"{name} must be a number, got {value!r}; set atoms.info[{name!r}].")
    return number


def stored_charge(data: Data) -> tuple[float, str] | None:
    """The charge of a molecule (e) and where it is from: its attribute ``charge``, which files give, or its SMILES;
    nothing where it has neither."""
    if "charge" in data:
        return float(data.charge), "of the file"
    if "smiles" in data:
        return float(electrons_of(data.smiles).get("charge", 0)), "of the SMILES"
    return None


def charge_or_zero(data: Data) -> float:
    """The charge of a molecule (e) as of :func:`stored_charge`, 0 where nothing tells it."""
    stored = stored_charge(data)
    return 0.0 if stored is None else stored[0]


def unusual_electrons(data: Data) -> dict[str, Any]:
    """``charge`` (e) and ``spin`` (2S + 1) of a molecule, where not 0 and 1: its attributes, else of its SMILES."""
    found = electrons_of(data.smiles) if "smiles" in data else {}
    found |= {name: float(data[name]) for name in ("charge", "spin") if name in data}
    return {name: value for name, value in found.items() if value != _USUAL[name]}


def electrons_of(smiles: str) -> dict[str, Any]:
    """``charge`` (e) and ``spin`` (2S + 1) where they are not 0 and 1; unpaired electrons are parallel."""
    from rdkit import Chem, rdBase
    from rdkit.Chem.Descriptors import NumRadicalElectrons

    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(smiles)
    if mol is None:
        return {}
    found = {"charge": Chem.GetFormalCharge(mol), "spin": 1 + NumRadicalElectrons(mol)}
    return {name: value for name, value in found.items() if value != _USUAL[name]}
