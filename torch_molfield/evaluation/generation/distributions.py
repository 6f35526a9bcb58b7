"""Distributions over many molecules, and how far those of generated ones are from those of references."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

from torch_molfield.data.element_tables import SYMBOLS
from torch_molfield.evaluation.generation.angles import angles, lengths, neighbours, torsions

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from rdkit.Chem import Mol

    from torch_molfield.evaluation.generation.graph import Graph

#: what is counted
COUNTS = ("elements", "bond_orders", "ring_counts", "ring_sizes", "triple_bonds", "formal_charges", "atoms")
#: what is measured, and the decimals to which it is rounded, as in MiDi's bins
VALUES = {"valencies": 1, "bond_lengths": 2, "angles": 1, "torsions": 1}


class Distributions:
    """What is counted and measured of molecules with bonds.

    Bonds are those of the sanitised molecule, aromatic ones among them, or where that fails as the protocol gave them.

    - ``elements``, ``formal_charges``: of the atoms. ``atoms``: number of atoms of a molecule.
    - ``bond_orders``: none, single, double, triple, aromatic, of all pairs of atoms of a molecule.
    - ``ring_counts``: number of smallest rings (SSSR) of a molecule. ``ring_sizes``: of these rings.
    - ``triple_bonds``: number in a molecule.
    - ``valencies``: sum of the orders (1.5 of an aromatic bond) at an atom, by element.
    - ``bond_lengths``: Å, by order. ``angles``: degrees, by the element between the two bonds.
    - ``torsions``: 0 to 180 degrees, by the two elements of the middle bond.
    """

    def __init__(self) -> None:
        self.molecules = 0
        self.counts: dict[str, Counter[Any]] = {name: Counter() for name in COUNTS}
        self._values: dict[str, dict[str, list[NDArray]]] = {name: defaultdict(list) for name in VALUES}

    def add(self, graph: Graph) -> None:
        """Count one molecule."""
        from rdkit import Chem

        mol = graph.mol if graph.sanitized is None else graph.sanitized
        names = [SYMBOLS[number - 1] for number in graph.z.tolist()]
        kinds = [bond.GetBondType().name.lower() for bond in mol.GetBonds()]
        rings = [len(ring) for ring in Chem.GetSSSR(mol)]
        self.molecules += 1
        self.counts["elements"].update(names)
        self.counts["formal_charges"].update(graph.charges.tolist())
        self.counts["atoms"][len(names)] += 1
        self.counts["bond_orders"].update(kinds)
        self.counts["bond_orders"]["none"] += len(names) * (len(names) - 1) // 2 - len(kinds)
        self.counts["ring_counts"][len(rings)] += 1
        self.counts["ring_sizes"].update(rings)
        self.counts["triple_bonds"][kinds.count("triple")] += 1
        self._measure(mol, names, kinds)

    def _measure(self, mol: Mol, names: list[str], kinds: list[str]) -> None:
        from rdkit import Chem

        pos = mol.GetConformer().GetPositions()
        bonds = [(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()) for bond in mol.GetBonds()]
        near, elements = neighbours(len(names), bonds), np.array(names)
        self._add("valencies", elements, Chem.GetAdjacencyMatrix(mol, useBO=True).sum(0))
        self._add("bond_lengths", np.array(kinds, dtype=str), lengths(pos, bonds))
        centre, angle = angles(pos, near)
        self._add("angles", elements[centre], angle)
        middle, torsion = torsions(pos, bonds, near)
        ends = np.sort(elements[middle], axis=1)
        self._add("torsions", np.char.add(ends[:, 0], ends[:, 1]), torsion)

    def _add(self, name: str, classes: NDArray, values: NDArray) -> None:
        for each in set(classes.tolist()):
            self._values[name][each].append(values[classes == each])

    def values(self, name: str) -> dict[str, NDArray]:
        """Values ``[V]`` of a name of :data:`VALUES` by class, rounded to its bins."""
        decimals = VALUES[name]
        return {each: np.round(np.concatenate(parts), decimals) for each, parts in self._values[name].items()}


def compare_distributions(generated: Distributions, reference: Distributions) -> dict[str, Any]:
    """``total_variation``: Σ |p − q| by name (0 to 2, as MiDi has it; no halves). ``w1``: by name the distance of
    Wasserstein in its unit, each class weighted by its share of the reference's values (MiDi has other weights for
    lengths and angles), and the classes that only the reference has (``missing``), which are left out. ``None`` where
    one of the two has nothing. ``mean``: of what is counted per molecule, ``[generated, reference]``."""
    variation = {name: total_variation(generated.counts[name], reference.counts[name]) for name in COUNTS}
    w1 = {name: _weighted(generated.values(name), reference.values(name)) for name in VALUES}
    means = {
        name: [_mean(each.counts[name]) for each in (generated, reference)]
        for name in ("atoms", "ring_counts", "triple_bonds")
    }
    numbers = {"generated": generated.molecules, "reference": reference.molecules}
    return {"molecules": numbers, "total_variation": variation, "w1": w1, "mean": means}


def total_variation(one: Counter[Any], other: Counter[Any]) -> float | None:
    """Σ |p − q| of two normalised histograms; ``None`` where one is empty."""
    if not (one.total() and other.total()):
        return None
    return sum(abs(one[key] / one.total() - other[key] / other.total()) for key in {*one, *other})


def _weighted(generated: dict[str, NDArray], reference: dict[str, NDArray]) -> dict[str, Any]:
    from scipy.stats import wasserstein_distance

    common = [name for name in reference if name in generated]
    weights = np.array([len(reference[name]) for name in common], dtype=float)
    distances = [wasserstein_distance(generated[name], reference[name]) for name in common]
    mean = float(weights @ distances / weights.sum()) if common else None
    return {
        "distance": mean,
        "by_class": dict(zip(common, map(float, distances), strict=True)),
        "missing": sorted(set(reference) - set(generated)),
    }


def _mean(counts: Counter[Any]) -> float | None:
    total = counts.total()
    return sum(value * count for value, count in counts.items()) / total if total else None
