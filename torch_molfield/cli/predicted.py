"""What ``molfield predict`` has found, as a table or as molecules."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from torch_molfield.cli.info import formula

if TYPE_CHECKING:
    from torch import Tensor

    from torch_molfield.data import Entry
    from torch_molfield.data.properties import Output


class Predicted(NamedTuple):
    """One molecule: the argument that it is from, its entry there, values by name, or why there are none."""

    argument: str
    entry: Entry
    values: dict[str, Tensor]
    problem: str = ""


def csv_table(rows: Sequence[Predicted], outputs: Sequence[Output]) -> str:
    """A line a molecule; several values of one output are in one column, with spaces between them."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["molecule", "frame", "formula", *(output.label for output in outputs), "problem"])
    for row in rows:
        values = [row.values[output.name].flatten().tolist() if row.values else [] for output in outputs]
        cells = (" ".join(f"{v:.9g}" for v in each) for each in values)
        table.writerow([row.argument, row.entry.number, _formula(row), *cells, row.problem])
    return text.getvalue()


def _formula(row: Predicted) -> str:
    return "" if row.entry.data is None else formula(row.entry.data)


def _write_csv(path: Path, rows: Sequence[Predicted], outputs: Sequence[Output]) -> dict[int, str]:
    from torch_molfield.data.io.atomic import write_atomically

    write_atomically(path, csv_table(rows, outputs).encode("utf-8"))
    return {}


def _write_parquet(path: Path, rows: Sequence[Predicted], outputs: Sequence[Output]) -> dict[int, str]:
    """A row a molecule; what is several numbers is a list, and units are metadata of the columns."""
    from torch_molfield.data.io.atomic import atomic_file
    from torch_molfield.encode.parquet import require_pyarrow

    pyarrow = require_pyarrow()
    columns = {
        "molecule": pyarrow.array([row.argument for row in rows], pyarrow.string()),
        "frame": pyarrow.array([row.entry.number for row in rows], pyarrow.int64()),
        "name": pyarrow.array([row.entry.name for row in rows], pyarrow.string()),
        "formula": pyarrow.array([_formula(row) for row in rows], pyarrow.string()),
    }
    fields = [pyarrow.field(name, column.type) for name, column in columns.items()]
    for output in outputs:
        found = [row.values[output.name].flatten().tolist() if row.values else None for row in rows]
        one = output.per == "molecule" and all(each is None or len(each) == 1 for each in found)
        values = [None if each is None else each[0] for each in found] if one else found
        kind = pyarrow.float64() if one else pyarrow.list_(pyarrow.float64())
        columns[output.name] = pyarrow.array(values, kind)
        fields.append(pyarrow.field(output.name, kind, metadata={"unit": output.unit}))
    columns["problem"] = pyarrow.array([row.problem for row in rows], pyarrow.string())
    fields.append(pyarrow.field("problem", pyarrow.string()))
    with atomic_file(path) as partial:
        pyarrow.parquet.write_table(pyarrow.table(list(columns.values()), schema=pyarrow.schema(fields)), partial)
    return {}


def _write_mol2(path: Path, rows: Sequence[Predicted], outputs: Sequence[Output]) -> dict[int, str]:
    """The molecules with their charges, those without any left out."""
    from torch_molfield.data import to_rdkit
    from torch_molfield.data.io.atomic import write_atomically
    from torch_molfield.data.io.mol2 import mol2_block

    blocks: list[str] = []
    problems: dict[int, str] = {}
    for k, row in enumerate(rows):
        if row.problem or row.entry.data is None:
            continue
        charges = row.values["charges"].double()
        try:
            mol = to_rdkit(row.entry.data, round(float(charges.sum())))
        except ValueError as error:
            problems[k] = str(error)
            continue
        blocks.append(mol2_block(mol, row.entry.name or row.argument, charges.tolist()))
    if not blocks:
        raise ValueError(f"{path}: {next(iter(problems.values()))}")
    write_atomically(path, "\n".join(blocks).encode("utf-8"))
    return problems


#: ending → what writes the rows, and tells by their numbers why some could not be written
WRITERS: dict[str, Callable[[Path, Sequence[Predicted], Sequence[Output]], dict[int, str]]] = {
    ".csv": _write_csv,
    ".parquet": _write_parquet,
    ".mol2": _write_mol2,
}


def check_ending(path: Path, outputs: Sequence[str]) -> None:
    """``ValueError`` or ``ImportError`` for a file that could not be written at the end; ``outputs`` were asked for."""
    ending = path.suffix.lower()
    if ending == ".mol2" and "charges" not in outputs:
        raise ValueError(f"{path}: a mol2 file holds charges; ask for them with --charges.")
    if ending == ".parquet":
        from torch_molfield.encode.parquet import require_pyarrow

        require_pyarrow()
