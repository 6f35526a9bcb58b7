import pytest

from torch_molfield.data import element_tables

TABLES = [name for name in dir(element_tables) if name.isupper() and isinstance(getattr(element_tables, name), dict)]


def test_symbols():
    assert len(element_tables.SYMBOLS) == len(set(element_tables.SYMBOLS)) == 118
    assert [element_tables.SYMBOLS[z - 1] for z in (1, 6, 26, 79, 118)] == ["H", "C", "Fe", "Au", "Og"]


@pytest.mark.parametrize("name", TABLES)
def test_keys_are_symbols_and_values_plausible(name):
    table = getattr(element_tables, name)
    assert set(table) <= set(element_tables.SYMBOLS)
    assert {"H", "C", "N"} <= set(table)
    assert all(0 < value < 1000 for value in table.values())
