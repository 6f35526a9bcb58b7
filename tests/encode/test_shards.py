import numpy as np
import pytest

from torch_molfield.encode.shards import (
    begin_shards,
    iterate_shards,
    read_shards,
    require_format,
    shard_path,
    write_shard,
)


@pytest.fixture(params=["npz", "parquet"])
def kind(request):
    if request.param == "parquet":
        pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    return request.param


def arrays(first):
    return {
        "number": np.arange(first, first + 2),
        "name": np.array(["ethanol", "water"]),
        "pooled": np.arange(6, dtype=np.float32).reshape(2, 3) + first,
        "tokens": np.arange(12, dtype=np.float32).reshape(2, 2, 3) - first,
        "failed": np.array([first + 2]),
        "failed_name": np.array(["xenon"]),
        "problem": np.array(["no such element"]),
    }


def test_come_back_as_they_were(tmp_path, kind):
    for k in (1, 0):
        write_shard(shard_path(tmp_path, k, kind), arrays(3 * k))
    found = read_shards(tmp_path)
    assert found["number"].tolist() == [0, 1, 3, 4]
    for name, expected in arrays(3).items():
        assert np.array_equal(found[name][-len(expected) :], expected), name
        assert found[name].dtype.kind == expected.dtype.kind
    assert len(list(iterate_shards(tmp_path))) == 2
    assert {name: len(array) for name, array in next(iterate_shards(tmp_path, only=("name", "problem"))).items()} == {
        "name": 2,
        "problem": 1,
    }


def test_damaged_ones_are_named(tmp_path, kind):
    path = shard_path(tmp_path, 0, kind)
    write_shard(path, arrays(0))
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(ValueError, match=rf"shard-00000\.{kind}.*Remove it and encode again"):
        read_shards(tmp_path)


def test_other_settings_are_refused(tmp_path):
    begin_shards(tmp_path, {"model": "m", "source": ["a", 1]}, "npz")
    begin_shards(tmp_path, {"model": "m", "source": ("a", 1)}, "npz")
    with pytest.raises(ValueError, match="begun with another model and source"):
        begin_shards(tmp_path, {"model": "n", "source": ["b", 1]}, "npz")
    with pytest.raises(ValueError, match="format 'csv' is unknown; choose one of npz, parquet"):
        require_format("csv")


def test_none_at_all(tmp_path):
    with pytest.raises(FileNotFoundError, match="no shards"):
        read_shards(tmp_path)
