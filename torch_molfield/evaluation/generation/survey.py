"""Many molecules under one protocol: what counts of each, and their distributions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from torch import Tensor
from torch_geometric.data import Data

from torch_molfield.evaluation.generation.distributions import Distributions
from torch_molfield.evaluation.generation.graph import Graph
from torch_molfield.evaluation.generation.protocols import BondProtocol
from torch_molfield.evaluation.generation.shares import Sample, judge

#: references whose distributions are compared, evenly spaced, where there are more; novelty takes all
COMPARED = 10_000


class References(NamedTuple):
    """SMILES of all references by one protocol, and the distributions of some of them."""

    smiles: frozenset[str]
    distributions: Distributions


def survey(protocol: BondProtocol, molecules: Iterable[Data]) -> tuple[list[Sample], Distributions]:
    """What counts of each molecule, and the distributions of those that have bonds."""
    samples, distributions = [], Distributions()
    for molecule in molecules:
        bonded = protocol.assign(molecule)
        graph = None if bonded.mol is None else Graph(bonded.mol)
        samples.append(judge(graph, bonded.problem, _num_atoms(molecule), protocol.rules))
        if graph is not None:
            distributions.add(graph)
    return samples, distributions


def survey_references(protocol: BondProtocol, molecules: Sequence[Data]) -> References:
    """The references under the protocol of what is compared with them."""
    smiles, distributions = set(), Distributions()
    stride = max(1, len(molecules) / COMPARED)
    compared = {int(stride * k) for k in range(min(COMPARED, len(molecules)))}
    for number, molecule in enumerate(molecules):
        mol = protocol.assign(molecule).mol
        if mol is None:
            continue
        graph = Graph(mol)
        if graph.smiles is not None:
            smiles.add(graph.smiles)
        if number in compared:
            distributions.add(graph)
    return References(frozenset(smiles), distributions)


def _num_atoms(molecule: Data) -> int:
    z = molecule.get("z")
    return len(z) if isinstance(z, Tensor) and z.dim() else 0
