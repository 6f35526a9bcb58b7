import pytest

from torch_molfield.geometry.united_atoms import SiteLabel
from torch_molfield.geometry.valences import can_have_orders, could_have_orders, free_valences

CH, CH2, CH3, BARE = SiteLabel(6, 1, 2), SiteLabel(6, 2, 2), SiteLabel(6, 3, 1), SiteLabel(6, 0, 3)
CARBONYL, TERMINAL, NITRILE = SiteLabel(8, 0, 1), SiteLabel(6, 2, 1), SiteLabel(7, 0, 1)


def ring(count):
    return [[(k - 1) % count, (k + 1) % count] for k in range(count)]


def chain(count):
    return [[n for n in (k - 1, k + 1) if 0 <= n < count] for k in range(count)]


@pytest.mark.parametrize(
    ("labels", "neighbours", "possible"),
    [
        ([CH] * 6, ring(6), True),  # benzene
        ([CH] * 5, ring(5), False),  # a cyclopentadienyl radical
        ([CH] * 5 + [CH2], ring(6), False),
        ([CH, CH, CH2, CH, CH, CH2], ring(6), True),  # 1,4-cyclohexadiene
        ([CH, CH2, CH, CH2], ring(4), False),  # two carbons with a bond too few, not bonded to each other
        ([SiteLabel(6, 1, 1), SiteLabel(6, 0, 2), CH3], chain(3), True),  # propyne
        ([TERMINAL, SiteLabel(6, 0, 2), TERMINAL], chain(3), True),  # allene
        ([CH3, SiteLabel(6, 0, 2), NITRILE], chain(3), True),  # acetonitrile
        ([CH3, SiteLabel(6, 0, 2), CARBONYL], chain(3), False),
        ([SiteLabel(6, 0, 1), SiteLabel(6, 0, 1)], chain(2), False),  # C2 would need a bond of order four
        ([CH3, SiteLabel(16, 0, 3), CARBONYL, CH3], [[1], [0, 2, 3], [1], [1]], True),  # a sulfoxide: not decided
    ],
)
def test_orders(labels, neighbours, possible):
    assert can_have_orders(labels, neighbours) is possible


def test_what_is_left_of_the_valences():
    assert free_valences([CH3, CH, BARE, CARBONYL, NITRILE]) == [0, 1, 1, 1, 2]
    assert free_valences([SiteLabel(7, 0, 4)]) is None
    assert free_valences([]) == []


def test_labels_alone():
    assert could_have_orders([CH] * 6) and could_have_orders([CH3, CH3]) and could_have_orders([])
    assert not could_have_orders([CH] * 5)  # an odd number of free valences
    assert not could_have_orders([CH, SiteLabel(6, 0, 1), CH3])  # three of one site, one of another
    digonal, alkyne = SiteLabel(6, 0, 2), SiteLabel(6, 1, 1)
    assert could_have_orders([digonal, NITRILE, CH3]) and could_have_orders([digonal, digonal, CH3, CH3])
    assert could_have_orders([digonal, TERMINAL, CARBONYL])  # ketene
    assert could_have_orders([digonal, digonal, TERMINAL, TERMINAL])  # butatriene
    assert not could_have_orders([digonal, digonal, NITRILE, CH3])  # one is left over
    assert not could_have_orders([digonal, NITRILE, alkyne, CH3])  # one partner for two
    assert not could_have_orders([CARBONYL, CARBONYL, CH3, CH2])  # no carbonyl carbon
    assert could_have_orders([alkyne, alkyne]) and could_have_orders([TERMINAL, CARBONYL])
