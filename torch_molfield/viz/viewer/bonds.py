"""Bonds as chemists draw them, with orders where these are known."""

from __future__ import annotations

import numpy as np
from torch_geometric.data import Data

from torch_molfield.geometry.bonds import find_bonds

#: atoms beyond which no orders are looked for: matching takes too long
MOST_ATOMS = 200


def shown_bonds(data: Data) -> list[tuple[int, int, int]]:
    """Pairs of bonded atoms with the order of their bond: of ``data.edge_index``, else from distances; orders of
    ``data.smiles``, else 1."""
    edges = data.get("edge_index")
    if edges is None or not edges.numel():
        pairs = (
            find_bonds(data.z.cpu().numpy(), data.pos.detach().cpu().numpy()) if len(data.z) > 1 else np.zeros((0, 2))
        )
    else:
        pairs = edges.T[edges[0] < edges[1]].cpu().numpy()
    bonds = [(int(a), int(b)) for a, b in pairs]
    orders = _orders(data.z.tolist(), bonds, data.smiles) if "smiles" in data and len(data.z) <= MOST_ATOMS else {}
    return [(a, b, orders.get((a, b), 1)) for a, b in bonds]


def _orders(z: list[int], bonds: list[tuple[int, int]], smiles: str) -> dict[tuple[int, int], int]:
    """Kekulé orders of the bonds, from the graph of the SMILES laid over them; none where it does not fit."""
    from rdkit import Chem, rdBase

    with rdBase.BlockLogs():
        known = Chem.MolFromSmiles(smiles)
        if known is None:
            return {}
        known = Chem.AddHs(known)
        Chem.Kekulize(known, clearAromaticFlags=True)
        kinds = [
            (bond.GetBeginAtomIdx(), bond.GetEndAtomIdx(), int(bond.GetBondTypeAsDouble())) for bond in known.GetBonds()
        ]
        plain = _graph([atom.GetAtomicNum() for atom in known.GetAtoms()], [(a, b) for a, b, _ in kinds])
        match = _graph(z, bonds).GetSubstructMatch(plain)
    if len(match) != len(z) or len(kinds) != len(bonds):
        return {}
    return {(min(match[a], match[b]), max(match[a], match[b])): max(order, 1) for a, b, order in kinds}


def _graph(z: list[int], bonds: list[tuple[int, int]]):  # type: ignore[no-untyped-def]
    """Atoms of these elements with single bonds, whatever their valences."""
    from rdkit import Chem

    graph = Chem.RWMol()
    for number in z:
        atom = Chem.Atom(number)
        atom.SetNoImplicit(True)
        graph.AddAtom(atom)
    for a, b in bonds:
        graph.AddBond(a, b, Chem.BondType.SINGLE)
    return graph.GetMol()
