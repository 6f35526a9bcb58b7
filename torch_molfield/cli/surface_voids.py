"""Tables of cavities and pockets."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch_molfield.cli.output import output_file

if TYPE_CHECKING:
    from torch_molfield.data import MolFieldData
    from torch_molfield.fields import SignedDistanceField
    from torch_molfield.surface import Mesh
    from torch_molfield.surface.voids import Void

ENDINGS = (".csv", ".json")
#: Å, of the probe that bounds pockets
LARGE_PROBE = 4.0
#: residues or atoms of a line in the terminal; a file has all
SHOWN = 6


def find_voids(
    field: SignedDistanceField, data: MolFieldData, spacing: float, mesh: Mesh, cavities: bool, pockets: bool
) -> list[dict[str, Any]]:
    """Rows of the cavities and the pockets, those that were asked for."""
    from torch_molfield.fields import SignedDistanceField
    from torch_molfield.surface import find_cavities, find_pockets

    rows = []
    if cavities:
        found = find_cavities(field, data, spacing, mesh)
        rows += [_row("cavity", number, void, data) for number, void in enumerate(found, 1)]
    if pockets:
        large = SignedDistanceField("ses", probe_radius=LARGE_PROBE)
        found = find_pockets(field, large, data, spacing=max(spacing, 0.4))
        rows += [_row("pocket", number, void, data) for number, void in enumerate(found, 1)]
    return rows


def _row(kind: str, number: int, void: Void, data: MolFieldData) -> dict[str, Any]:
    sizes = {name: round(getattr(void, name), 3) for name in ("volume", "area", "mouth")}
    centre = [round(float(x), 3) for x in void.centre]
    residues = [] if data.get("residue_name") is None else void.residues(data)
    return {
        "kind": kind,
        "number": number,
        **sizes,
        "centre": centre,
        "residues": residues,
        "atoms": void.atoms.tolist(),
    }


def void_lines(rows: Sequence[dict[str, Any]], cavities: bool, pockets: bool) -> list[str]:
    """The table for the terminal."""
    counts = {"cavity": "cavities" if cavities else "", "pocket": "pockets" if pockets else ""}
    lines = [f"{word}  {sum(row['kind'] == kind for row in rows)}" for kind, word in counts.items() if word]
    if rows:
        lines.append("void       volume Å³   area Å²  mouth Å²  centre Å                lined by")
    for row in rows:
        centre = " ".join(f"{x:7.2f}" for x in row["centre"])
        names = row["residues"] or [f"atom {atom}" for atom in row["atoms"]]
        more = f", and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        sizes = f"{row['volume']:10.1f}{row['area']:10.1f}{row['mouth']:10.1f}"
        lines.append(f"{row['kind']} {row['number']:<3}{sizes}  {centre}  {', '.join(names[:SHOWN])}{more}")
    return lines


def check_table(table: Path | None, overwrite: bool, inputs: Sequence[str]) -> None:
    """Refuse a table that cannot be written, before the work."""
    if table is not None:
        output_file(table, ENDINGS, overwrite, inputs)


def write_voids(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Write the rows as .csv, lists separated by semicolons, or .json; lengths in Å."""
    from torch_molfield.data.io.atomic import write_atomically

    if path.suffix.lower() == ".json":
        text = json.dumps(list(rows), indent=1) + "\n"
    else:
        file = io.StringIO()
        names = ["kind", "number", "volume", "area", "mouth", "centre", "residues", "atoms"]
        table = csv.writer(file, lineterminator="\n")
        table.writerow(names)
        for row in rows:
            cells = [row[name] for name in names]
            table.writerow([";".join(map(str, cell)) if isinstance(cell, list) else cell for cell in cells])
        text = file.getvalue()
    write_atomically(path, text.encode())
