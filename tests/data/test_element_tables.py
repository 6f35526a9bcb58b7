import pytest

from torch_molfield.data import element_tables

TABLES = [name for name in dir(element_tables) if name.isupper() and isinstance(getattr(element_tables, name), dict)]


def test_symbols():
    assert len(element_tables.SYMBOLS) == len(set(element_tables.SYMBOLS)) == 118
    assert [element_tables.SYMBOLS[z - 1] for z in (1, 6, 26, 79, 118)] == ["H", "C", "Fe", "Au", "Og"]


def test_numbers_that_the_shipped_models_were_trained_with():
    """A release of ASE with other numbers would change fields and weights' results without a word."""
    radii, masses = element_tables.VDW_RADII, element_tables.MASSES
    assert [radii[s] for s in ("H", "B", "Si", "P", "Br", "I", "U")] == [1.2, 1.92, 2.1, 1.8, 1.85, 1.98, 1.86]
    assert len(radii) == 54 and sum(radii.values()) == pytest.approx(106.0, abs=1e-9)
    assert "Fe" not in radii and "Lr" not in radii
    assert [masses[s] for s in ("H", "C", "Cl", "Br", "I", "Og")] == [1.008, 12.011, 35.45, 79.904, 126.90447, 294.214]
    assert len(masses) == 118


@pytest.mark.parametrize("name", TABLES)
def test_keys_are_symbols_and_values_plausible(name):
    table = getattr(element_tables, name)
    assert set(table) <= set(element_tables.SYMBOLS)
    assert {"H", "C", "N"} <= set(table)
    assert all(0 < value < 1000 for value in table.values())
