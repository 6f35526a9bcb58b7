"""Properties of the elements, looked up for tensors of atomic numbers.

Every look-up raises a ``ValueError`` that names the elements a table does not have: a field never invents a radius.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from torch_molfield.data import element_tables
from torch_molfield.data.element_tables import SYMBOLS
from torch_molfield.data.units import BOHR

#: atomic unit of volume in Å^3
BOHR3 = BOHR**3

#: property name -> (table by symbol, factor to the unit given, unit)
PROPERTIES: dict[str, tuple[Mapping[str, float], float, str]] = {
    "vdw_radius": (element_tables.VDW_RADII, 1.0, "Å"),
    "mass": (element_tables.MASSES, 1.0, "u"),
    "pauling": (element_tables.PAULING, 1.0, ""),
    "allen": (element_tables.ALLEN, 1.0, "eV"),
    "mulliken": (element_tables.MULLIKEN, 1.0, "eV"),
    "miedema": (element_tables.MIEDEMA, 1.0, "V"),
    "wigner_seitz": (element_tables.WIGNER_SEITZ, 1.0, ""),
    "polarizability": (element_tables.POLARIZABILITY, BOHR3, "Å^3"),
    "atomic_number": ({symbol: float(number) for number, symbol in enumerate(SYMBOLS, start=1)}, 1.0, "e"),
}


def atomic_number(symbol: str | int) -> int:
    """Atomic number of an element given by symbol (``"Cl"``) or number; ``ValueError`` for anything else."""
    if isinstance(symbol, int) and 1 <= symbol <= len(SYMBOLS):
        return symbol
    if symbol in SYMBOLS:
        return SYMBOLS.index(str(symbol)) + 1
    raise ValueError(f"{symbol!r} is not an element; give a symbol such as 'Cl' or a number from 1 to {len(SYMBOLS)}.")


def symbols(z: Tensor) -> list[str]:
    """Symbols of atomic numbers ``z [N]`` (1 to 118)."""
    return [SYMBOLS[number - 1] for number in z.tolist()]


def element_property(
    name: str,
    z: Tensor,
    overrides: Mapping[int, float] | None = None,
    dtype: torch.dtype | None = None,
) -> Tensor:
    """Property ``name`` (a key of :data:`PROPERTIES`, with its unit) of atomic numbers ``z [N]`` -> ``[N]``.

    ``overrides`` maps atomic numbers to values that replace or extend the table. The result has ``dtype`` (default
    ``torch.get_default_dtype()``) and the device of ``z``.

    Raises:
        ValueError: if the property is unknown, or the table has no value for an element of ``z``.
    """
    if name not in PROPERTIES:
        raise ValueError(f"unknown element property {name!r}; choose one of {', '.join(PROPERTIES)}.")
    table, factor, _ = PROPERTIES[name]
    values = torch.full((len(SYMBOLS) + 1,), float("nan"), dtype=dtype or torch.get_default_dtype())
    for symbol, value in table.items():
        values[atomic_number(symbol)] = value * factor
    for number, value in (overrides or {}).items():
        values[atomic_number(number)] = value
    return lookup(values, z, f"the table {name!r}", "give it by the argument overrides={atomic number: value}")


def lookup(values: Tensor, z: Tensor, table: str, remedy: str) -> Tensor:
    """``values [119, ...]`` indexed by ``z [N]``; rows of NaN mean unknown and raise ``ValueError``."""
    if z.numel() and (int(z.min()) < 1 or int(z.max()) >= values.shape[0]):
        raise ValueError(f"z has an atomic number outside 1..{values.shape[0] - 1}; repair the molecule.")
    result = values.to(z.device)[z]
    missing = torch.isnan(result).reshape(z.shape[0], -1).any(dim=1)
    if bool(missing.any()):
        names = ", ".join(symbols(torch.unique(z[missing])))
        raise ValueError(f"{table} has no value for {names}; {remedy}.")
    return result


def vdw_radii(z: Tensor, overrides: Mapping[int, float] | None = None, dtype: torch.dtype | None = None) -> Tensor:
    """Bondi van der Waals radii in Å for atomic numbers ``z [N]`` -> ``[N]``, as in ``ase.data.vdw_radii``.

    Raises:
        ValueError: for an element without a radius (most transition metals), naming it.
    """
    return element_property("vdw_radius", z, overrides, dtype)
