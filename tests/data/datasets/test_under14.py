import numpy as np
import pytest

from torch_molfield.data.datasets.under14 import over15, under14


def test_published_split(data_dir):
    reference = dict(np.load(data_dir / "qdf" / "reference_under14.npz", allow_pickle=False))
    test = under14(data_dir, "test")
    assert [int(m.gdb) for m in test] == reference["test_ids"].tolist()
    assert max(len(m.z) for m in test) == 14
    # methane: −395.9996 kcal/mol
    methane = under14(data_dir, "train")[0]
    assert int(methane.gdb) == 1
    assert float(methane.atomization) == pytest.approx(-17.1727, abs=1e-3)


def test_a_part_of_each(data_dir):
    few, large = under14(data_dir, "train", 30), over15(data_dir, 30)
    assert len(few) == len(large) == 30
    assert max(len(m.z) for m in few) <= 14 < min(len(m.z) for m in large)
    assert [int(m.gdb) for m in over15(data_dir, 10)] == [int(m.gdb) for m in large[:10]]


def test_bad_input(data_dir, tmp_path):
    with pytest.raises(ValueError, match="part 'tests' is unknown; choose one of train"):
        under14(data_dir, "tests")
    with pytest.raises(FileNotFoundError, match=r"reference_under14\.npz"):
        under14(tmp_path)
