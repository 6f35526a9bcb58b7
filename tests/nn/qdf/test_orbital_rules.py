import pytest

from torch_molfield.nn.qdf.orbital_rules import orbital_labels, principal_number, subshells


def test_published_elements():
    assert subshells(1) == subshells(2) == [("1s", 4)]
    for z in range(3, 11):
        assert subshells(z) == [("1s", 6), ("2s", 4), ("2p", 4)]
    assert len(orbital_labels((1, 6, 7, 8, 9))) == 60


def test_heavier_elements():
    assert subshells(17) == [("1s", 6), ("2s", 6), ("2p", 6), ("3s", 4), ("3p", 4)]
    assert dict(subshells(20)).get("3d") is None
    assert dict(subshells(26))["3d"] == 4
    assert dict(subshells(35)) == {"1s": 6, "2s": 6, "2p": 6, "3s": 6, "3p": 6, "4s": 4, "4p": 4, "3d": 6}


def test_labels():
    labels = orbital_labels((1, 17))
    assert labels[:5] == ("H1s0", "H1s1", "H1s2", "H1s3", "Cl1s0")
    assert [principal_number(label) for label in ("H1s0", "Cl3p2")] == [1, 3]


def test_the_rule_ends_at_krypton():
    assert len(subshells(36)) == 8
    with pytest.raises(ValueError, match="up to Kr; there are none for I"):
        subshells(53)
