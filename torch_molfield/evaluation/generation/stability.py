"""Which atoms have as many bonds as they should, by named rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from torch_molfield.evaluation.generation.graph import Graph

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from rdkit.Chem import Mol

Valences = Mapping[int, tuple[int, ...]]

#: valences by atomic number, hydrogens counted, whatever the charge (Hoogeboom et al. 2022)
EDM = {1: 1, 6: 4, 7: 3, 8: 2, 9: 1}
#: valences by atomic number and formal charge, as published with MiDi (Vignac et al. 2023); a charge that is not in the
#: table counts as 0
MIDI: dict[int, Valences] = {
    1: {0: (1,), 1: (0,), -1: (0,)},
    5: {0: (3,)},
    6: {0: (3, 4), 1: (3,), -1: (3,)},
    7: {0: (2, 3), 1: (2, 3, 4), -1: (2,)},
    8: {0: (2,), 1: (3,), -1: (1,)},
    9: {0: (1,), -1: (0,)},
    13: {0: (3,)},
    14: {0: (4,)},
    15: {0: (3, 5), 1: (4,)},
    16: {0: (2, 6), 1: (2, 3), 2: (4,), 3: (5,), -1: (3,)},
    17: {0: (1,)},
    33: {0: (3,)},
    34: {0: (2, 4, 6)},
    35: {0: (1,), 1: (2,)},
    53: {0: (1,)},
    80: {0: (1, 2)},
    83: {0: (3, 5)},
}
#: the same without the valences that atoms have only where aromatic bonds count 1
CORRECTED: dict[int, Valences] = {**MIDI, 6: {0: (4,), 1: (3,), -1: (3,)}, 7: {0: (3,), 1: (4,), -1: (2,)}}


def edm(graph: Graph) -> NDArray:
    """EDM: the orders of the bonds add up to H 1, C 4, N 3, O 2, F 1, charges or not; no other element is stable."""
    wanted = np.array([EDM.get(number, -1) for number in graph.z.tolist()])
    return _valences(graph.mol) == wanted


def midi(graph: Graph) -> NDArray:
    """MiDi's table by charge as published: an aromatic bond counts 1, since its 1.5 is cast to an integer there."""
    return _in_table(MIDI, graph, _valences(graph.sanitized or graph.mol))


def midi_corrected(graph: Graph) -> NDArray:
    """The same with aromatic rings as single and double bonds, so that C has 4 bonds, N 3 and N⁺ 4."""
    return _in_table(CORRECTED, graph, _valences(graph.mol))


#: rule -> ``[N]`` bool of a molecule
RULES: dict[str, Callable[[Graph], NDArray]] = {"edm": edm, "midi": midi, "midi_corrected": midi_corrected}


def _valences(mol: Mol) -> NDArray:
    """``[N]``: sum of the orders of the bonds of each atom, those of aromatic bonds rounded down to 1."""
    from rdkit import Chem

    return np.floor(Chem.GetAdjacencyMatrix(mol, useBO=True)).sum(0).astype(int)


def _in_table(table: Mapping[int, Valences], graph: Graph, valences: NDArray) -> NDArray:
    stable = []
    for number, charge, valence in zip(graph.z.tolist(), graph.charges.tolist(), valences.tolist(), strict=True):
        row = table.get(number, {0: ()})
        stable.append(valence in row.get(charge, row[0]))
    return np.array(stable, dtype=bool)
