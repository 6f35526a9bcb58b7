"""``edm``: bond orders from tables of lengths, as EDM does for QM9 (Hoogeboom et al., ICML 2022)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from torch_molfield.data.element_tables import SYMBOLS
from torch_molfield.evaluation.generation.protocols import BondProtocol, atoms_only

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from rdkit.Chem import Mol

#: lengths in pm of single, double and triple bonds (Hoogeboom et al. 2022, from public tables of bond lengths)
LENGTHS = (
    {
        "HH": 74, "HC": 109, "HN": 101, "HO": 96, "HF": 92,
        "CC": 154, "CN": 147, "CO": 143, "CF": 135,
        "NN": 145, "NO": 140, "NF": 136,
        "OO": 148, "OF": 142, "FF": 142,
    },
    {"CC": 134, "CN": 129, "CO": 120, "NN": 125, "NO": 121, "OO": 121},
    {"CC": 120, "CN": 116, "CO": 113, "NN": 110},
)  # fmt: skip
#: pm by which a single, double or triple bond may be longer
MARGINS = (10, 5, 3)
ELEMENTS = tuple(SYMBOLS.index(symbol) + 1 for symbol in "HCNOF")


def _limits() -> NDArray:
    """``[3, Z, Z]`` pm: a bond of each order is shorter than this; nothing is shorter than NaN."""
    limits = np.full((3, max(ELEMENTS) + 1, max(ELEMENTS) + 1), np.nan)
    for order, (table, margin) in enumerate(zip(LENGTHS, MARGINS, strict=True)):
        for pair, length in table.items():
            i, j = (SYMBOLS.index(symbol) + 1 for symbol in pair)
            limits[order, i, j] = limits[order, j, i] = length + margin
    return limits


LIMITS = _limits()


class TableBonds(BondProtocol):
    """Bonds by EDM's tables of lengths (Hoogeboom et al. 2022), for H, C, N, O and F.

    Two atoms have a single bond if they are nearer than the length of their single bond + 10 pm, a double bond if also
    nearer than that of a double bond + 5 pm, and a triple bond if also nearer than that of a triple bond + 3 pm. A
    molecule with other elements has no bonds. No charges, no aromatic bonds.
    """

    rules = ("edm",)

    def bonds(self, z: NDArray, pos: NDArray) -> Mol:
        """See :meth:`BondProtocol.bonds`."""
        from rdkit.Chem import BondType

        unknown = sorted(set(z.tolist()) - set(ELEMENTS))
        if unknown:
            names = ", ".join(SYMBOLS[number - 1] for number in unknown)
            raise ValueError(f"EDM's tables have H, C, N, O and F, not {names}; use another protocol.")
        mol = atoms_only(z, pos)
        orders = bond_orders(z, pos)
        kinds = (BondType.SINGLE, BondType.DOUBLE, BondType.TRIPLE)
        for i, j in zip(*(rows.tolist() for rows in np.triu(orders).nonzero()), strict=True):
            mol.AddBond(i, j, kinds[orders[i, j] - 1])
        return mol.GetMol()


def bond_orders(z: NDArray, pos: NDArray) -> NDArray:
    """Orders ``[N, N]`` (0 to 3) of the bonds of atoms ``z [N]`` among :data:`ELEMENTS` at ``pos [N, 3]`` Å."""
    distance = 100 * np.linalg.norm(pos[:, None] - pos, axis=-1)
    near = distance < LIMITS[:, z[:, None], z]
    orders = np.logical_and.accumulate(near).sum(0)
    np.fill_diagonal(orders, 0)
    return orders
