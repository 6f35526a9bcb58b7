from types import SimpleNamespace

import numpy as np
import pytest
import torch

from torch_molfield.data import Entry, iterate_library
from torch_molfield.data.molfield_data import MolFieldData
from torch_molfield.encode.folder_lock import locked_folder
from torch_molfield.encode.job_part import WHOLE, JobPart
from torch_molfield.encode.library import Encoder, encode, encode_library, read_shards
from torch_molfield.models import MolField, PropertyMolField
from torch_molfield.testing import molecule
from torch_molfield.testing.molecules import alkane

LINES = ["CCO", "O", "none", "N", "CC(=O)O", "c1ccccc1", "FF", "C"]


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return MolField(hidden=8, depth=2, num_frequencies=12, width=16, vectors=2, heads=2, elements=[1, 6, 7, 8]).eval()


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "library.smi"
    path.write_text("\n".join(LINES))
    return lambda first: iterate_library(path, first)


def run(model, source, folder, **changes):
    return encode_library(model, source, folder, {"model": "m"}, **{"shard_size": 3, "batch_size": 2, **changes})


@pytest.mark.parametrize("atoms", [True, False])
def test_values_are_linear_in_what_a_model_of_properties_encodes(model, source, atoms):
    properties = PropertyMolField.from_field(model, [{"name": "gap", "unit": "eV"}], width=8, atoms=atoms).eval()
    entries = list(source(0))
    whole, field = (encode(m, entries, keep_tokens=True) for m in (properties, properties.field))
    assert np.array_equal(whole["tokens"], field["tokens"])
    assert whole["pooled"].shape == (6, 16 if atoms else 8)
    heads, entry = properties.heads, entries[whole["number"][0]]
    pooled, readers = torch.from_numpy(whole["pooled"][0]).split(8), [heads.mlp, *([heads.atoms.mlp] if atoms else [])]
    sizes = (1, len(entry.data.z))
    said = sum(reader[-1](rows / size) for reader, rows, size in zip(readers, pooled, sizes, strict=False))
    value = properties(entry.data.z, entry.data.pos)["gap"]
    torch.testing.assert_close(said.double(), value, atol=1e-6, rtol=1e-5)


def test_tokens_are_those_of_the_field(model, source):
    arrays = encode(model, list(source(0)), batch_size=3, keep_tokens=True)
    assert arrays["name"].tolist() == ["CCO", "O", "N", "CC(=O)O", "c1ccccc1", "C"]
    assert arrays["number"].tolist() == [0, 1, 3, 4, 5, 7]
    assert arrays["failed"].tolist() == [2, 6] and arrays["failed_name"].tolist() == ["none", "FF"]
    assert "F (9)" in arrays["problem"][1]
    for entry, tokens, pooled in zip(
        [e for e in source(0) if e.number in arrays["number"]], arrays["tokens"], arrays["pooled"], strict=True
    ):
        with torch.no_grad():
            expected = model(entry.data.z, entry.data.pos).tokens[0]
        np.testing.assert_allclose(tokens, expected.numpy(), atol=1e-5)
        np.testing.assert_allclose(pooled, tokens.mean(0), atol=1e-6)


def test_molecules_beyond_the_extent_of_the_function(model):
    z, pos = alkane(40)
    arrays = encode(model, [Entry(0, "C40H82", MolFieldData(z=z, pos=pos.float())), Entry(1, "", None, "broken")])
    assert arrays["failed"].tolist() == [1]
    assert arrays["pooled"].shape == (1, 16) and np.isfinite(arrays["pooled"]).all()


def test_shards_are_the_library(model, source, tmp_path):
    done = []
    assert run(model, source, tmp_path / "a", progress=done.append) == 3
    assert done == sorted(done) and done[0] == 0.5 and done[-1] == 8 and len(done) > 8
    found, whole = read_shards(tmp_path / "a"), encode(model, list(source(0)))
    assert set(found) == set(whole)
    assert found["number"].tolist() == whole["number"].tolist()
    np.testing.assert_allclose(found["pooled"], whole["pooled"], atol=1e-5)


def test_a_killed_run_goes_on_without_duplicates(model, source, tmp_path):
    class Killed(Exception):
        pass

    def kill(done):
        if done > 6:
            raise Killed

    with pytest.raises(Killed):
        run(model, source, tmp_path / "a", progress=kill)
    (tmp_path / "a" / "shard-00002.npz.part").write_bytes(b"half")
    kept = (tmp_path / "a" / "shard-00000.npz").stat().st_mtime_ns
    asked = []
    assert run(model, lambda first: (asked.append(first), source(first))[1], tmp_path / "a") == 3
    assert asked == [6]
    assert (tmp_path / "a" / "shard-00000.npz").stat().st_mtime_ns == kept
    assert read_shards(tmp_path / "a")["number"].tolist() == [0, 1, 3, 4, 5, 7]
    assert run(model, source, tmp_path / "a") == 3


def test_jobs_of_an_array_share_a_folder(model, source, tmp_path):
    run(model, source, tmp_path / "whole")
    asked = []
    for job, shards in ((JobPart(2, 2), 1), (JobPart(1, 2), 2)):
        counted = run(model, lambda first: (asked.append(first), source(first))[1], tmp_path / "a", part=job)
        assert counted == shards
    assert asked == [3, 9, 0, 6, 12]
    for name, array in read_shards(tmp_path / "whole").items():
        np.testing.assert_array_equal(read_shards(tmp_path / "a")[name], array)
    assert run(model, source, tmp_path / "b", part=JobPart(5, 5)) == 0
    assert run(model, source, tmp_path / "a") == 3


@pytest.mark.parametrize("file_format", ["npz", "parquet"])
def test_a_removed_shard_is_made_again(model, source, tmp_path, file_format):
    folder, settings = tmp_path / "a", {"file_format": file_format, "keep_tokens": True}
    run(model, source, folder, **settings)
    before = read_shards(folder)
    damaged = folder / f"shard-00001.{file_format}"
    damaged.unlink()
    asked = []
    assert run(model, lambda first: (asked.append(first), source(first))[1], folder, **settings) == 3
    assert asked == [3, 9]
    for name, array in read_shards(folder).items():
        np.testing.assert_array_equal(array, before[name])


@pytest.mark.parametrize("file_format", ["npz", "parquet"])
def test_a_damaged_shard_is_named_and_made_again(model, source, tmp_path, file_format):
    folder, settings = tmp_path / "a", {"file_format": file_format}
    run(model, source, folder, **settings)
    before = read_shards(folder)
    damaged = folder / f"shard-00001.{file_format}"
    damaged.write_bytes(damaged.read_bytes()[:40])
    with pytest.raises(ValueError, match="Remove it and encode again"):
        read_shards(folder)
    with pytest.warns(UserWarning, match=rf"shard-00001\.{file_format} is truncated.*It is made again\."):
        assert run(model, source, folder, **settings) == 3
    for name, array in read_shards(folder).items():
        np.testing.assert_array_equal(array, before[name])


def test_two_runs_in_one_folder_are_refused(model, source, tmp_path):
    with locked_folder(tmp_path, WHOLE), pytest.raises(OSError, match="is in use by another run; wait"):
        run(model, source, tmp_path)


def test_space_on_the_disk_is_asked_for_first(model, source, tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=1000))
    with pytest.raises(OSError, match=r"0\.0 GB left, and the arrays of 8 molecules take some 0\.0 GB"):
        run(model, source, tmp_path, size=8)
    assert not list(tmp_path.glob("shard-*"))


def test_both_formats_hold_the_same(model, source, tmp_path):
    found = []
    for file_format in ("npz", "parquet"):
        run(model, source, tmp_path / file_format, file_format=file_format, keep_tokens=True)
        found.append(read_shards(tmp_path / file_format))
    assert found[0]["smiles"].tolist() == [LINES[k] for k in (0, 1, 3, 4, 5, 7)]
    assert set(found[0]) == set(found[1])
    for name, array in found[0].items():
        assert array.shape == found[1][name].shape
        np.testing.assert_array_equal(array, found[1][name])


def test_bad_folders_and_libraries(model, source, tmp_path):
    run(model, source, tmp_path / "a")
    with pytest.raises(ValueError, match="begun with another shard_size"):
        run(model, source, tmp_path / "a", shard_size=4)
    with pytest.raises(ValueError, match="begun with another format"):
        run(model, source, tmp_path / "a", file_format="parquet")
    with pytest.raises(ValueError, match="format 'csv' is unknown"):
        run(model, source, tmp_path / "c", file_format="csv")
    with pytest.raises(ValueError, match="the library is empty"):
        run(model, lambda first: iter(()), tmp_path / "b")
    with pytest.raises(FileNotFoundError, match="no shards"):
        read_shards(tmp_path)


def test_what_is_not_finite_is_named():
    class Odd(Encoder):
        shapes = {"pooled": (2,)}

        def problem(self, data):
            return ""

        def encode(self, molecules):
            rows = torch.ones(len(molecules), 2)
            rows[[len(data.z) == 3 for data in molecules]] = torch.nan
            return {"pooled": rows}

    entries = [
        Entry(k, name, MolFieldData(z=z, pos=pos))
        for k, (name, (z, pos)) in enumerate([("a", alkane(1)), ("water", molecule("H2O")), ("b", alkane(2))])
    ]
    arrays = encode(Odd(), entries, batch_size=2)
    assert arrays["number"].tolist() == [0, 2] and arrays["pooled"].tolist() == [[1, 1], [1, 1]]
    assert arrays["failed"].tolist() == [1] and arrays["problem"][0].startswith("the model gives no finite pooled.")
