import numpy as np
import pytest

from tests.evaluation.generation.hand_made import data, methane, pair, water
from torch_molfield.evaluation.generation.edm import bond_orders
from torch_molfield.evaluation.generation.protocols import find_protocols

(PROTOCOL,) = find_protocols(["edm"]).values()


@pytest.mark.parametrize(
    ("one", "other", "orders"),
    [
        ("C", "C", {1.6399: 1, 1.6401: 0, 1.3899: 2, 1.3901: 1, 1.2299: 3, 1.2301: 2}),
        ("C", "N", {1.5699: 1, 1.5701: 0, 1.3399: 2, 1.3401: 1, 1.1899: 3, 1.1901: 2}),
        ("O", "C", {1.5299: 1, 1.5301: 0, 1.2499: 2, 1.2501: 1, 1.1599: 3, 1.1601: 2}),
        ("N", "N", {1.5499: 1, 1.5501: 0, 1.2999: 2, 1.3001: 1, 1.1299: 3, 1.1301: 2}),
        ("N", "O", {1.4999: 1, 1.5001: 0, 1.2599: 2, 1.2601: 1, 0.5: 2}),
        ("O", "O", {1.5799: 1, 1.5801: 0, 1.2599: 2, 1.2601: 1, 0.5: 2}),
        ("H", "H", {0.8399: 1, 0.8401: 0, 0.3: 1}),
        ("C", "H", {1.1899: 1, 1.1901: 0}),
        ("F", "C", {1.4499: 1, 1.4501: 0}),
        ("F", "O", {1.5199: 1, 1.5201: 0}),
    ],
)
def test_margins(one, other, orders):
    for distance, order in orders.items():
        molecule = pair(one, other, distance)
        assert bond_orders(molecule.z.numpy(), molecule.pos.numpy())[0, 1] == order, distance


def test_a_distance_at_the_margin_is_too_long():
    z, pos = np.array([6, 6]), np.array([[0.0, 0, 0], [1.64, 0, 0]])
    assert 100 * pos[1, 0] == 164.0
    assert bond_orders(z, pos).tolist() == [[0, 0], [0, 0]]


def test_methane_has_four_bonds():
    mol, problem = PROTOCOL.assign(methane())
    assert problem == ""
    assert [(b.GetBeginAtomIdx(), b.GetEndAtomIdx(), b.GetBondTypeAsDouble()) for b in mol.GetBonds()] == [
        (0, k, 1.0) for k in (1, 2, 3, 4)
    ]
    assert mol.GetConformer().GetPositions() == pytest.approx(methane().pos.numpy())


def test_one_atom_has_no_bond():
    mol, _ = PROTOCOL.assign(data("C", [[0, 0, 0]]))
    assert (mol.GetNumAtoms(), mol.GetNumBonds()) == (1, 0)


def test_an_element_that_the_tables_lack_is_named():
    mol, problem = PROTOCOL.assign(data(["S", "H", "Cl"], [[0, 0, 0], [1.3, 0, 0], [0, 2.0, 0]]))
    assert mol is None
    assert problem == "EDM's tables have H, C, N, O and F, not S, Cl; use another protocol."


def test_coordinates_in_single_precision():
    molecule = water()
    molecule.pos = molecule.pos.float()
    assert PROTOCOL.assign(molecule).mol.GetNumBonds() == 2
