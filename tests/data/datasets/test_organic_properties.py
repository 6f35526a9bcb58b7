import numpy as np
import pytest
import torch

from tests.public_sets import write_organic_properties
from torch_molfield.data import OrganicProperties, find_dataset

MOLECULES = 128


def test_attributes_and_units(tmp_path):
    path = write_organic_properties(tmp_path)
    data = OrganicProperties(tmp_path)
    with np.load(path) as file:
        arrays = dict(file)
    assert len(data) == MOLECULES
    second = data[1]
    np.testing.assert_allclose(second.pos, arrays["pos"][3:6] * 1e-3, atol=1e-6)
    assert second.energy.dtype == torch.float64
    names = ("homo", "lumo", "solvation_water", "solvation_octanol", "dipole", "energy", "charge")
    for name in names:
        np.testing.assert_array_equal(second[name][0], arrays[name][1])
    assert float(second.gap) == pytest.approx(float(second.lumo - second.homo))


def test_splits_share_no_scaffold(tmp_path):
    write_organic_properties(tmp_path)
    source = find_dataset("organic-properties", tmp_path)
    seen = {split: {m.smiles for m in source.split(split)} for split in ("train", "val", "test")}
    assert [len(names) for names in seen.values()] == [110, 10, 8]
    assert len(set.union(*seen.values())) == MOLECULES
    few = OrganicProperties(tmp_path, "train", size=20)
    assert [m.smiles for m in few] == [m.smiles for m in source.split("train", 20)] and len(few) == 20


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"dipole": None}, r"lacks \['dipole'\]"),
        ({"homo": np.zeros(3)}, "homo has shape"),
        ({"pos": np.zeros((5, 3), dtype=np.int16)}, "pos has shape"),
    ],
)
def test_damaged_files(tmp_path, changes, sentence):
    write_organic_properties(tmp_path, **changes)
    with pytest.raises(ValueError, match=sentence):
        OrganicProperties(tmp_path)


def test_bad_requests(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"There are no files shard_\*\.npz in .*make_organic_properties"):
        OrganicProperties(tmp_path)
    write_organic_properties(tmp_path)
    with pytest.raises(ValueError, match="split must be one of train, val, test, got 'all'"):
        OrganicProperties(tmp_path, "all")
    with pytest.raises(ValueError, match="size must be at least 1"):
        OrganicProperties(tmp_path, size=0)
