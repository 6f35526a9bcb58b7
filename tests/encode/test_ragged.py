"""Arrays of which molecules have different lengths."""

import numpy as np
import pytest
import torch

from torch_molfield.data import Entry, from_smiles
from torch_molfield.encode import encode, read_shards
from torch_molfield.encode.generated import MoleculeEncoder
from torch_molfield.encode.library import encode_library
from torch_molfield.encode.shards import iterate_shards

SMILES = ("C", "O", "CC")


def entries(first=0):
    for number, smiles in list(enumerate(SMILES))[first:]:
        data = from_smiles(smiles)
        data.valid = data.connected = data.stable = 1
        yield Entry(number, "", data)


@pytest.mark.parametrize("file_format", ["npz", "parquet"])
def test_they_lie_end_to_end_with_their_lengths(tmp_path, file_format):
    if file_format == "parquet":
        pytest.importorskip("pyarrow")
    expected = encode(MoleculeEncoder(), entries())
    assert expected["z_size"].tolist() == [5, 3, 8] and expected["z"].dtype == np.int64
    assert np.array_equal(expected["pos"][5:8], from_smiles("O").pos.numpy())
    for _ in range(2):
        encode_library(MoleculeEncoder(), entries, tmp_path, {}, 2, file_format=file_format)
    found = read_shards(tmp_path)
    assert set(found) == set(expected)
    for name in ("z", "z_size", "pos", "pos_size", "valid", "smiles"):
        assert found[name].dtype.kind == expected[name].dtype.kind
        assert np.array_equal(found[name], expected[name])
    (first, _) = iterate_shards(tmp_path, only=("z", "z_size"))
    assert first["z"].shape == (8,) and first["z_size"].tolist() == [5, 3]


def test_a_molecule_that_is_not_finite_is_left_out():
    class Broken(MoleculeEncoder):
        def encode(self, molecules):
            found = super().encode(molecules)
            return {**found, "pos": [pos if len(pos) != 3 else pos * torch.nan for pos in found["pos"]]}

    found = encode(Broken(), entries())
    assert found["number"].tolist() == [0, 2] and found["failed"].tolist() == [1]
    assert "no finite pos" in found["problem"][0]


def test_none_at_all():
    found = encode(MoleculeEncoder(), [])
    assert found["pos"].shape == (0, 3) and found["pos_size"].shape == (0,) and found["z"].dtype == np.int64
