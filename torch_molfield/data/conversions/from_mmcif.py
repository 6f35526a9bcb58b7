"""mmCIF files to ``MolFieldData``, by the package gemmi."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch

from torch_molfield.data.conversions.from_pdb import choose_model
from torch_molfield.data.conversions.pdb_elements import written_element
from torch_molfield.data.conversions.pdb_records import PdbAtom
from torch_molfield.data.conversions.residue_names import is_polymer
from torch_molfield.data.conversions.structure_selection import Hydrogens, Ligands, Selection
from torch_molfield.data.molfield_data import MolFieldData
from torch_molfield.data.paths import reason
from torch_molfield.optional import import_extra

#: Without one of these columns of ``_atom_site`` there are no atoms.
REQUIRED = ("type_symbol", "label_atom_id", "label_comp_id", "Cartn_x", "Cartn_y", "Cartn_z")
#: What else stands for a column that is not there, and for a value that is ``.`` or ``?``.
OTHER = {
    "label_atom_id": "auth_atom_id",
    "label_comp_id": "auth_comp_id",
    "auth_asym_id": "label_asym_id",
    "auth_seq_id": "label_seq_id",
}
#: The number of a row of ``_atom_site``, and its values by column.
Row = tuple[int, dict[str, Any]]


class MmcifModel(NamedTuple):
    """The rows of one model, not yet read; ``source`` names the file, with the data ``block`` where it has several."""

    block: str
    source: str
    rows: list[Row]

    def molecule(self, selection: Selection) -> MolFieldData:
        """The chosen atoms, with the ``name`` of the data block; ``ValueError`` as of :func:`from_mmcif`."""
        data = selection.apply([_atom(row, number, self.source) for number, row in self.rows], self.source)
        data.name = self.block
        return data


def from_mmcif(
    path: str | Path,
    *,
    model: int = 1,
    chains: Collection[str] | None = None,
    ligands: Ligands = "all",
    hydrogens: Hydrogens = "keep",
    waters: bool = False,
    dtype: torch.dtype = torch.float32,
) -> MolFieldData:
    """Read the atoms of one model of an mmCIF file, in one conformation.

    Arguments and result are those of :func:`from_pdb`. The models of several data blocks are numbered consecutively.
    Chains and residue numbers are those of the authors (``auth_asym_id``, ``auth_seq_id``), as in PDB files. The
    ``name`` of the molecule is that of its data block.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: for a file that is not mmCIF, a missing column, a missing model, chain or ligand, or when no atom is
            left.
    """
    selection = Selection(chains=chains, ligands=ligands, hydrogens=hydrogens, waters=waters, dtype=dtype)
    return choose_model(mmcif_models(path), model, path).molecule(selection)


def mmcif_models(path: str | Path) -> list[MmcifModel]:
    """Every model of every data block that has atoms.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: for no mmCIF, one without atoms, or a missing column.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"There is no mmCIF file {path}.")
    try:
        document = _gemmi().cif.read(str(path))
        blocks = [(block.name, block.get_mmcif_category("_atom_site.")) for block in document]
    except (ValueError, RuntimeError, OSError) as error:
        raise ValueError(f"{path} is not an mmCIF file, or it is truncated: {reason(error, path)}") from error
    if not blocks:
        raise ValueError(f"{path} is not an mmCIF file, or it is truncated: it has no data block.")
    tables = [(name, table) for name, table in blocks if table] or blocks[:1]
    several = len(tables) > 1
    return [
        MmcifModel(name, source, rows)
        for name, table in tables
        for source in [f"{path}, data block {name}" if several else str(path)]
        for rows in _split(table, source)
    ]


def _split(table: dict[str, Sequence[Any]], source: str) -> list[list[Row]]:
    """The rows of a table by the number of their model."""
    columns = {name.lower(): values for name, values in table.items()}
    for name in REQUIRED:
        if name.lower() not in columns and OTHER.get(name) not in columns:
            raise ValueError(f"{source} has no column _atom_site.{name}; it holds no atoms or is not an mmCIF model.")
    models: dict[Any, list[Row]] = {}
    for number, values in enumerate(zip(*columns.values(), strict=True), start=1):
        row = dict(zip(columns, values, strict=True))
        models.setdefault(row.get("pdbx_pdb_model_num") or "1", []).append((number, row))
    return list(models.values())


def _atom(row: dict[str, Any], number: int, source: str) -> PdbAtom:
    def text(column: str) -> str:
        return row.get(column.lower()) or row.get(OTHER.get(column, "")) or ""

    residue, chain, sequence = text("label_comp_id"), text("auth_asym_id"), text("auth_seq_id")
    where = f"{source}: atom {text('label_atom_id')} of {residue} {chain}{sequence} (row {number})"

    def decimal(column: str) -> float:
        value = _gemmi().cif.as_number(text(column))
        if not math.isfinite(value):
            what = "its occupancy" if column == "occupancy" else "a coordinate"
            raise ValueError(f"{where} has no number for {what}; repair _atom_site.{column}.")
        return float(value)

    position = decimal("Cartn_x"), decimal("Cartn_y"), decimal("Cartn_z")
    occupancy = decimal("occupancy") if text("occupancy") else 1.0
    element = written_element(text("type_symbol"))
    if element is None:
        raise ValueError(f"{where} is of no known element; repair _atom_site.type_symbol.")
    if sequence and not sequence.removeprefix("-").isdecimal():
        raise ValueError(f"{where} has no number for its residue; repair _atom_site.auth_seq_id.")
    kind = text("group_PDB").upper()
    return PdbAtom(
        f"row {number}", kind == "HETATM" if kind else not is_polymer(residue), text("label_atom_id"),
        text("label_alt_id"), residue, chain, int(sequence or 0), text("pdbx_PDB_ins_code"),
        position, occupancy, element,
    )  # fmt: skip


def _gemmi() -> Any:
    return import_extra("gemmi", "structures", "mmCIF needs the package gemmi")
