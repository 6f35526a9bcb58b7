import sys

import numpy as np
import pytest

from torch_molfield.data import iterate_library
from torch_molfield.data.io.parquet import require_pyarrow
from torch_molfield.data.io.read import library_size
from torch_molfield.data.io.values import library_values

pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")

SMILES = ["CCO", "O", "C(", None, "N"]


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "library.parquet"
    columns = {"ID": list("abcde"), "Smiles": SMILES, "gap": [1.0, 2.0, None, 4.0, 5.0]}
    parquet.write_table(pyarrow.table(columns), path, row_group_size=2)
    return path


def test_a_row_a_molecule(table):
    entries = list(iterate_library(table))
    assert [entry.number for entry in entries] == [0, 1, 2, 3, 4]
    assert [entry.name for entry in entries] == list("abcde")
    assert [entry.data is None for entry in entries] == [False, False, True, True, False]
    assert entries[0].data.smiles == "CCO" and "non-empty string" in entries[3].problem
    assert library_size(table) == 5


@pytest.mark.parametrize("first", [1, 2, 4, 5])
def test_from_a_row_on(table, first):
    assert [entry.name for entry in iterate_library(table, first)] == list("abcde")[first:]


def test_numbers_of_columns_and_descriptors(table):
    np.testing.assert_equal(library_values(table, "gap"), [1.0, 2.0, np.nan, 4.0, 5.0])
    assert library_values(table, "NumValenceElectrons")[1] == 8


def test_what_is_no_library_is_refused(table, tmp_path):
    other = tmp_path / "other.parquet"
    parquet.write_table(pyarrow.table({"x": [1], "y": [2]}), other)
    with pytest.raises(ValueError, match=r"other\.parquet has no column smiles; its columns are x, y"):
        list(iterate_library(other))
    table.write_bytes(table.read_bytes()[:-40])
    with pytest.raises(ValueError, match=r"library\.parquet is no parquet file, or is truncated"):
        library_size(table)


def test_without_pyarrow(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ImportError, match=r"torch_molfield\[parquet\]"):
        require_pyarrow()
