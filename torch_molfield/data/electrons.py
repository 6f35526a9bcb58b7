"""Charges and multiplicities of molecules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch_geometric.data import Data


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


def electrons_of(smiles: str) -> dict[str, Any]:
    """``charge`` (e) and ``spin`` (2S + 1) where they are not 0 and 1; unpaired electrons are parallel."""
    from rdkit import Chem, rdBase
    from rdkit.Chem.Descriptors import NumRadicalElectrons

    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(smiles)
    if mol is None:
        return {}
    found = {"charge": Chem.GetFormalCharge(mol), "spin": 1 + NumRadicalElectrons(mol)}
    return {name: value for (name, value), usual in zip(found.items(), (0, 1), strict=True) if value != usual}
