"""Charge and multiplicity of a SMILES."""

from __future__ import annotations

from typing import Any


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
