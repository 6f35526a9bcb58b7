"""Many molecules under one protocol: the sample of each, and their distributions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from torch import Tensor
from torch_geometric.data import Data

from torch_molfield.evaluation.generation.distributions import Distributions
from torch_molfield.evaluation.generation.graph import Graph
from torch_molfield.evaluation.generation.measures import Measure
from torch_molfield.evaluation.generation.protocols import BondProtocol
from torch_molfield.evaluation.generation.shares import Sample, judge

#: references whose distributions are compared, evenly spaced, where there are more; novelty takes all
COMPARED = 10_000


class Missing(NamedTuple):
    """A molecule that could not be read or relaxed; it counts as a sample without bonds."""

    num_atoms: int
    problem: str


class References(NamedTuple):
    """SMILES of all references by one protocol, and the distributions of some of them."""

    smiles: frozenset[str]
    distributions: Distributions


class Survey(NamedTuple):
    """What counts of each molecule, and the distributions of those that have bonds."""

    samples: list[Sample]
    distributions: Distributions


def survey(protocol: BondProtocol, molecules: Iterable[Data | Missing], measures: Collection[Measure] = ()) -> Survey:
    """Find the bonds of each molecule, and add it to the measures."""
    samples, distributions = [], Distributions()
    for molecule in molecules:
        mol, problem = (None, molecule.problem) if isinstance(molecule, Missing) else protocol.assign(molecule)
        graph = None if mol is None else Graph(mol)
        sample = judge(graph, problem, num_atoms(molecule), protocol.rules)
        samples.append(sample)
        if graph is not None:
            distributions.add(graph)
        for measure in measures:
            measure.add(sample, graph, sample.is_sound(protocol.rules[0]))
    return Survey(samples, distributions)


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


def num_atoms(molecule: Data | Missing) -> int:
    """Also of a malformed molecule, 0 where it has no ``z``."""
    if isinstance(molecule, Missing):
        return molecule.num_atoms
    z = molecule.get("z")
    return len(z) if isinstance(z, Tensor) and z.dim() else 0
