import numpy as np
import pytest
import torch

from torch_molfield.data import RevisedMD17
from torch_molfield.data.datasets.rmd17 import RMD17_NAMES

RNG = np.random.default_rng(0)
Z = np.array([6, 8, 1], dtype=np.uint8)
R = RNG.normal(size=(10, 3, 3)).astype(np.float32)
E, F = RNG.normal(size=10) - 4000.0, RNG.normal(size=(10, 3, 3)).astype(np.float32)


def compact(root, **changes):
    splits = {f"train_{k}": np.array([k, 0, 9]) for k in range(1, 6)}
    splits |= {f"test_{k}": np.array([6, 7]) for k in range(1, 6)}
    arrays = {"z": Z, "R": R, "E": E, "F": F, **splits, **changes}
    (root / "rmd17").mkdir(exist_ok=True)
    np.savez(root / "rmd17" / "ethanol.npz", **{key: value for key, value in arrays.items() if value is not None})
    return root


def public(root):
    (root / "npz_data").mkdir()
    (root / "splits").mkdir()
    scale = 0.0433641153087705
    np.savez(root / "npz_data" / "rmd17_ethanol.npz", nuclear_charges=Z, coords=R, energies=E / scale, forces=F / scale)
    (root / "splits" / "index_train_02.csv").write_text("2\n0\n9\n")
    return root


def test_compact_layout(tmp_path):
    data = RevisedMD17(compact(tmp_path), "ethanol", "train", fold=2)
    assert [m.frame.item() for m in data] == [2, 0, 9]
    assert data[0].z.tolist() == [6, 8, 1]
    assert torch.equal(data[0].pos, torch.from_numpy(R[2]))
    assert data[0].energy.item() == E[2]
    assert torch.equal(data[2].forces, torch.from_numpy(F[9]))
    assert len(RevisedMD17(tmp_path, "ethanol", "test")) == 2
    assert len(RevisedMD17(tmp_path / "rmd17", "ethanol", "all")) == 10


def test_public_layout_is_the_same_in_our_units(tmp_path):
    ours = RevisedMD17(compact(tmp_path), "ethanol", fold=2)
    (tmp_path / "public").mkdir()
    theirs = RevisedMD17(public(tmp_path / "public"), "ethanol", fold=2)
    for a, b in zip(ours, theirs, strict=True):
        assert torch.equal(a.pos, b.pos)
        assert torch.allclose(a.energy, b.energy, atol=1e-9)
        assert torch.allclose(a.forces, b.forces, atol=1e-6)
    with pytest.raises(FileNotFoundError, match=r"index_test_02\.csv.*figshare article 12672038"):
        RevisedMD17(tmp_path / "public", "ethanol", "test", fold=2)


def test_validation_is_in_neither_of_the_published_splits(tmp_path):
    (tmp_path / "public").mkdir()
    public(tmp_path / "public")
    (tmp_path / "public" / "splits" / "index_test_02.csv").write_text("6\n7\n")
    for root in (compact(tmp_path), tmp_path / "public"):
        frames = [m.frame.item() for m in RevisedMD17(root, "ethanol", "val", fold=2)]
        assert sorted(frames) == [1, 3, 4, 5, 8]
        assert frames == [m.frame.item() for m in RevisedMD17(root, "ethanol", "val", fold=2)]
    every = {f"train_{k}": np.arange(8) for k in range(1, 6)} | {f"test_{k}": np.array([8, 9]) for k in range(1, 6)}
    with pytest.raises(ValueError, match="no frames besides those of train_1 and test_1 for validation"):
        RevisedMD17(compact(tmp_path, **every), "ethanol", "val")


def test_cache_knows_split_and_fold(tmp_path):
    compact(tmp_path)
    sizes = [
        len(RevisedMD17(tmp_path, "ethanol", split, fold, cache=tmp_path / "cache"))
        for split, fold in (("train", 1), ("test", 1), ("train", 2), ("train", 1))
    ]
    assert sizes == [3, 2, 3, 3]
    assert len(list((tmp_path / "cache").iterdir())) == 3


def test_missing_file_says_what_to_put_where(tmp_path):
    with pytest.raises(
        FileNotFoundError, match=r"rmd17/ethanol\.npz.*ROOT/rmd17/.*figshare article 12672038.*npz_data"
    ):
        RevisedMD17(tmp_path, "ethanol")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("ethanole",), "no molecule 'ethanole'; choose from aspirin"),
        (("ethanol", "validation"), "split must be one of train, val, test, all"),
        (("ethanol", "train", 6), "fold must be one of"),
    ],
)
def test_bad_arguments(tmp_path, arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        RevisedMD17(tmp_path, *arguments)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"F": None}, r"ethanol\.npz lacks \['F'\]"),
        ({"test_5": None}, r"lacks \['test_5'\]"),
        ({"F": F[:5]}, r"ethanol\.npz: F has shape \(5, 3, 3\) instead of \(10, 3, 3\)"),
        ({"z": Z[:2]}, r"z has shape \(2,\)"),
        ({"train_1": np.array([0, 10])}, r"train_1 names frames outside 0\.\.9"),
    ],
)
def test_foreign_files(tmp_path, changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        RevisedMD17(compact(tmp_path, **changes), "ethanol")


def test_truncated_file(tmp_path):
    path = compact(tmp_path) / "rmd17" / "ethanol.npz"
    path.write_bytes(path.read_bytes()[:900])
    with pytest.raises(ValueError, match=r"ethanol\.npz is truncated"):
        RevisedMD17(tmp_path, "ethanol")


@pytest.mark.parametrize("name", RMD17_NAMES)
def test_official_splits_do_not_overlap(data_dir, name):
    train, test = (RevisedMD17(data_dir, name, split, 3) for split in ("train", "test"))
    assert len(train) == len(test) == 1000
    assert not {m.frame.item() for m in train} & {m.frame.item() for m in test}
    assert torch.pdist(train[0].pos).min() > 0.8
