"""Filters of generated molecules; what they leave is no fair sample any more."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from torch_geometric.data import Data

from torch_molfield.evaluation.generation.protocols import BondProtocol
from torch_molfield.evaluation.generation.records import Record, make_record


def keep_records(
    records: Sequence[Record], check: bool = False, unique: bool = False, known: Collection[str] | None = None
) -> list[Record]:
    """The records that pass.

    Args:
        records: in order.
        check: leave out molecules that are not valid, connected and stable.
        unique: leave out molecules whose SMILES came before, and those without SMILES.
        known: SMILES that are left out, as are molecules without SMILES; ``None`` for none.
    """
    found, seen = [], set()
    for record in records:
        smiles = record.smiles
        bad = check and (smiles is None or record.properties["stable"] != "yes")
        old = (unique and (smiles is None or smiles in seen)) or (
            known is not None and (smiles is None or smiles in known)
        )
        if not (bad or old):
            found.append(record)
        seen.add(smiles)
    return found


def known_smiles(molecules: Iterable[Data], protocol: BondProtocol) -> frozenset[str]:
    """Canonical SMILES without stereochemistry and charges as they are: of ``smiles`` where a molecule has it, else of
    the bonds that the protocol finds."""
    from rdkit import Chem, rdBase

    found = set()
    with rdBase.BlockLogs():
        for molecule in molecules:
            mol = Chem.MolFromSmiles(molecule.smiles) if "smiles" in molecule else None
            if mol is not None:
                found.add(Chem.MolToSmiles(mol, isomericSmiles=False))
            elif (smiles := make_record(molecule, protocol, {}).smiles) is not None:
                found.add(smiles)
    return frozenset(found)
