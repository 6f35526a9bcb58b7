from collections import Counter

import pytest

from tests.evaluation.generation.hand_made import fluorine_between, graph, methane, peroxide, water
from torch_molfield.evaluation.generation.distributions import (
    Distributions,
    compare_distributions,
    total_variation,
)
from torch_molfield.evaluation.generation.graph import Graph
from torch_molfield.evaluation.generation.protocols import find_protocols


def counted(*graphs):
    found = Distributions()
    for each in graphs:
        found.add(each)
    return found


def by_edm(*molecules):
    protocol = find_protocols(["edm"])["edm"]
    return counted(*(Graph(protocol.assign(molecule).mol) for molecule in molecules))


def test_counts_of_a_molecule():
    found = counted(graph("C[N+]#[C-]")).counts  # C N C and three H
    assert found["elements"] == {"C": 2, "N": 1, "H": 3}
    assert found["formal_charges"] == {0: 4, 1: 1, -1: 1}
    assert found["bond_orders"] == {"single": 4, "triple": 1, "none": 10}
    assert found["triple_bonds"] == {1: 1}
    assert found["ring_counts"] == {0: 1}
    assert found["atoms"] == {6: 1}


def test_rings_and_aromatic_bonds():
    found = counted(graph("c1ccccc1"), graph("C1CC1CC1CC1")).counts
    assert found["ring_counts"] == {1: 1, 2: 1}
    assert found["ring_sizes"] == {6: 1, 3: 2}
    assert found["bond_orders"]["aromatic"] == 6


def test_what_sanitisation_refuses_counts_too():
    found = by_edm(fluorine_between())
    assert found.counts["bond_orders"] == {"single": 2, "none": 1}
    assert {name: rows.tolist() for name, rows in found.values("valencies").items()} == {"F": [1.0, 2.0, 1.0]}


def test_total_variation():
    assert total_variation(Counter(a=3, b=1), Counter(a=1, b=1)) == pytest.approx(0.5)
    assert total_variation(Counter(a=3), Counter(b=7)) == 2.0
    assert total_variation(Counter(), Counter(b=7)) is None


def test_distances_of_lengths_angles_and_torsions():
    found = compare_distributions(by_edm(water(length=0.98, angle=100)), by_edm(water(length=0.96, angle=104)))
    assert found["w1"]["bond_lengths"]["distance"] == pytest.approx(0.02)
    assert found["w1"]["angles"] == {
        "distance": pytest.approx(4.0),
        "by_class": {"O": pytest.approx(4.0)},
        "missing": [],
    }
    assert found["w1"]["torsions"]["distance"] is None
    found = compare_distributions(by_edm(peroxide(90)), by_edm(peroxide(120), peroxide(-60)))
    assert found["w1"]["torsions"]["by_class"] == {"OO": pytest.approx(30.0)}


def test_classes_are_weighted_by_the_reference_and_missing_ones_named():
    found = compare_distributions(by_edm(water(), fluorine_between()), by_edm(water(), methane()))
    assert found["w1"]["valencies"] == {"distance": 0.0, "by_class": {"O": 0.0, "H": 0.0}, "missing": ["C"]}
    # generated H 2, O 1, F 3 of 6; reference H 6, O 1, C 1 of 8
    variation = abs(2 / 6 - 6 / 8) + abs(1 / 6 - 1 / 8) + 3 / 6 + 1 / 8
    assert found["total_variation"]["elements"] == pytest.approx(variation)


def test_means_per_molecule():
    found = compare_distributions(counted(graph("C#C"), graph("CC")), counted(graph("C1CC1")))
    assert found["mean"] == {"atoms": [6.0, 9.0], "ring_counts": [0.0, 1.0], "triple_bonds": [0.5, 0.0]}
    assert found["molecules"] == {"generated": 2, "reference": 1}
