"""Which molecules a shipped force field was trained on, for those that know certain molecules only."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from torch_molfield.calculators.atoms import charge_of, multiplicity_of
from torch_molfield.models.pretrained import find_pretrained, list_pretrained

if TYPE_CHECKING:
    from ase import Atoms

#: beside the weights: ``{"smiles": [...]}``
DOMAIN = "domain.json"
#: longest bonds, in sums of covalent radii
LONGEST = 1.25


def shipped_force_field(atoms: Atoms) -> str | None:
    """The first shipped model that was trained on this molecule, told by its elements and bonds; ``None`` for other
    molecules, ions and open shells."""
    if (charge_of(atoms), multiplicity_of(atoms)) != (0.0, 1):
        return None
    from networkx import is_isomorphic

    graph = _graph_of_atoms(atoms)
    for name in list_pretrained():
        if any(is_isomorphic(graph, known, node_match=dict.__eq__) for known in _known(name)):
            return name
    return None


@cache
def _known(name: str) -> tuple[Any, ...]:
    path = find_pretrained(name) / DOMAIN
    if not path.is_file():
        return ()
    return tuple(_graph_of_smiles(smiles) for smiles in json.loads(path.read_text(encoding="utf-8"))["smiles"])


def _graph_of_smiles(smiles: str) -> Any:
    from rdkit import Chem

    mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
    bonds = [(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()) for bond in mol.GetBonds()]
    return _graph([atom.GetAtomicNum() for atom in mol.GetAtoms()], bonds)


def _graph_of_atoms(atoms: Atoms) -> Any:
    from ase.data import covalent_radii
    from scipy.spatial import cKDTree

    radii = LONGEST * covalent_radii[atoms.numbers]
    near = cKDTree(atoms.positions).query_pairs(2 * radii.max()) if len(atoms) else set()
    return _graph(atoms.numbers, [(i, j) for i, j in near if atoms.get_distance(i, j) < radii[i] + radii[j]])


def _graph(numbers: Any, bonds: list[tuple[int, int]]) -> Any:
    from networkx import Graph

    graph = Graph()
    graph.add_nodes_from((k, {"element": int(number)}) for k, number in enumerate(numbers))
    graph.add_edges_from(bonds)
    return graph
