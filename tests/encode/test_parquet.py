import numpy as np
import pytest

from torch_molfield.encode.parquet import read_parquet, write_parquet

parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")


def test_a_row_a_molecule(tmp_path):
    path = tmp_path / "shard.parquet"
    pooled = np.arange(6, dtype=np.float32).reshape(2, 3)
    empty = {"failed": np.zeros(0, np.int64), "failed_name": np.zeros(0, "<U1"), "problem": np.zeros(0, "<U1")}
    write_parquet(path, {"number": np.arange(2), "name": np.array(["a", "b"]), "pooled": pooled, **empty})
    table = parquet.read_table(path)
    assert table.num_rows == 2
    assert table.column("pooled").to_pylist() == pooled.tolist()
    assert read_parquet(path, "")["failed"].dtype == np.int64


def test_foreign_files_are_refused(tmp_path):
    import pyarrow

    path = tmp_path / "foreign.parquet"
    parquet.write_table(pyarrow.table({"x": [1, 2]}), path)
    with pytest.raises(ValueError, match="was not written by molfield encode"):
        read_parquet(path, "Remove it.")
