"""Labels of molecules and batches: where each source keeps them, in the names, shapes and units of this package."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch_geometric.data import Batch, Data

from torch_molfield.data.units import KCAL_PER_MOL, UNITS


class Label(NamedTuple):
    """A label of a molecule or of its atoms, and its unit; ``""`` where the source does not give one."""

    value: Tensor
    unit: str = ""


class Column(NamedTuple):
    """A column of ``y [1, K]``: its number, the factor to the unit here, and that unit (``""`` if it is not known)."""

    number: int
    factor: float = 1.0
    unit: str = ""


#: columns of ``y`` of :class:`torch_molfield.data.QM9`, and their units
QM9_COLUMNS = dict.fromkeys("ABC", "GHz") | {
    "mu": "e Å",
    "alpha": "Å^3",
    **dict.fromkeys(("homo", "lumo", "gap"), "eV"),
    "r2": "Å^2",
    **dict.fromkeys(("zpve", "U0", "U", "H", "G"), "eV"),
    "Cv": "eV/K",
}
#: columns of ``y`` of :class:`torch_geometric.datasets.QM9`, and their units there
PYG_QM9_COLUMNS = {
    "mu": "D",
    "alpha": "bohr^3",
    **dict.fromkeys(("homo", "lumo", "gap"), "eV"),
    "r2": "bohr^2",
    **dict.fromkeys(("zpve", "U0", "U", "H", "G"), "eV"),
    "Cv": "cal/mol/K",
    **dict.fromkeys(("U0_atom", "U_atom", "H_atom", "G_atom"), "eV"),
    **dict.fromkeys("ABC", "GHz"),
}
#: shape of a row of what is one row per molecule, for sources that write it with other axes
_ROWS: dict[str, tuple[int, ...]] = {"energy": (), "dipole": (3,)}


def find_label(molecule: Data, name: str, columns: Mapping[str, Column] | None = None) -> Label | None:
    """A label of a molecule, or of a batch of B, by its name in this package; ``None`` if there is none.

    ``energy`` may be a number or a tensor without axes, ``dipole`` a vector ``[3]`` and ``charges`` a column
    ``[N, 1]``. Molecules with ``force`` in place of ``forces`` are in the units of
    :class:`torch_geometric.datasets.MD17` and ``MD22``: their energies (kcal/mol) and forces (kcal/mol/Å) are converted
    to eV and eV/Å. Columns of ``y`` have names where the molecule is one of :class:`torch_molfield.data.QM9` or
    :class:`torch_geometric.datasets.QM9`.

    Args:
        molecule: that may carry it; or a batch of PyG's loaders, which may too.
        name: of the label.
        columns: of ``y`` by name, where the dataset gives them.

    Returns:
        ``energy [B]``, ``dipole [B, 3]``, ``charges [N]``, ``forces [N, 3]``, ``[B]`` of a column, others as they are;
        B is 1 for a molecule.

    Raises:
        ValueError: for an attribute that is not made of numbers.
    """
    column = (named_columns(molecule) if columns is None else columns).get(name)
    if column is not None:
        return Label(molecule.y[:, column.number].double() * column.factor, column.unit)
    in_pyg_units = "force" in molecule and "forces" not in molecule
    stored = molecule.get("force" if in_pyg_units and name == "forces" else name)
    if stored is None:
        return None
    count = molecule.num_graphs if isinstance(molecule, Batch) else 1
    value = _in_shape(name, _numbers(name, stored), count)
    if in_pyg_units and name == "energy":
        return Label(value.double() * KCAL_PER_MOL, "eV")
    if in_pyg_units and name == "forces":
        return Label(value * KCAL_PER_MOL, "eV/Å")
    return Label(value)


def batch_label(batch: Data, name: str, columns: Mapping[str, Column] | None = None) -> Tensor:
    """The value of a label that a batch must have, see :func:`find_label`.

    Raises:
        ValueError: if the batch has none.
    """
    label = find_label(batch, name, columns)
    if label is None:
        raise ValueError(f"the batch has no {name!r}; its molecules need an attribute {name!r}.")
    return label.value


def named_columns(molecule: Data) -> Mapping[str, Column]:
    """The columns of ``y`` of a molecule of QM9, of this package or of PyG; none for other molecules."""
    y = molecule.get("y")
    if not isinstance(y, Tensor) or y.dim() != 2:
        return {}
    if y.shape[1] == len(QM9_COLUMNS) and "gdb" in molecule:
        return _QM9
    if y.shape[1] == len(PYG_QM9_COLUMNS) and "idx" in molecule:
        return _PYG_QM9
    return {}


def columns_in_order(names: Iterable[str]) -> Mapping[str, Column]:
    """Columns of ``y`` whose units are not known, by name."""
    return {name: Column(number) for number, name in enumerate(names)}


def _columns(units: Mapping[str, str]) -> dict[str, Column]:
    return {name: Column(number, *UNITS.get(unit, (1.0, unit))) for number, (name, unit) in enumerate(units.items())}


_QM9 = _columns(QM9_COLUMNS)
_PYG_QM9 = _columns(PYG_QM9_COLUMNS)
_PYG_QM9["atomization"] = _PYG_QM9["U0_atom"]


def _numbers(name: str, stored: Any) -> Tensor:
    if isinstance(stored, Tensor):
        return stored
    try:
        return torch.as_tensor(stored, dtype=torch.float64)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"{name!r} is {stored!r}, which is not a number; choose another label.") from error


def _in_shape(name: str, value: Tensor, count: int) -> Tensor:
    row = _ROWS.get(name)
    if row is not None and value.numel() == count * math.prod(row):
        return value.reshape(count, *row)
    if name == "charges" and value.dim() == 2 and value.shape[1] == 1:
        return value[:, 0]
    return value
