import numpy as np
import pytest
import torch
from torch_geometric.loader import DataLoader

from torch_molfield.data import BundledTrajectories
from torch_molfield.data.datasets import bundled
from torch_molfield.data.datasets.bundled import BUNDLED_NAMES, bundled_file, load_bundled


@pytest.fixture(scope="module")
def ethanol():
    return BundledTrajectories("ethanol")


def test_frames_carry_what_they_promise(ethanol):
    assert len(ethanol) == 2000
    frame = ethanol[750]
    assert frame.z.tolist() == [6, 6, 8, 1, 1, 1, 1, 1, 1]
    assert (frame.replica.item(), frame.frame.item(), frame.time_fs.item()) == (1, 250, 500.0)
    assert (frame.name, frame.smiles) == ("ethanol", "CCO")
    assert frame.energy.dtype == torch.float64
    shapes = {"pos": (9, 3), "forces": (9, 3), "charges": (9,), "dipole": (1, 3), "energy": (1,)}
    shapes["edge_index"] = (2, 16)
    assert {key: tuple(frame[key].shape) for key in shapes} == shapes


def test_frames_are_collated_as_pyg_does(monkeypatch):
    def few(name):
        arrays = load_bundled(name)
        rows = ("pos", "forces", "charges", "energy", "dipole")
        return {**arrays, "time_fs": arrays["time_fs"][:3], **{key: arrays[key][:, :3] for key in rows}}

    monkeypatch.setattr(bundled, "load_bundled", few)
    data = BundledTrajectories(["water_dimer", "ethanol"])
    expected, slices = data.collate(list(data))
    assert len(data) == 24 and set(data._data.keys()) == set(expected.keys())
    for key, value in expected.items():
        assert torch.equal(data.slices[key], slices[key]), key
        found = data._data[key]
        same = torch.equal(found, value) and found.dtype == value.dtype if torch.is_tensor(value) else found == value
        assert same, key
    assert torch.equal(data[17].pos, torch.from_numpy(load_bundled("ethanol")["pos"][1, 2]))


def test_split_is_by_time_and_by_replica(ethanol):
    parts = {part: ethanol.split(part) for part in ("train", "frames", "conformers")}
    assert {part: len(data) for part, data in parts.items()} == {"train": 1200, "frames": 300, "conformers": 500}
    seen = {part: {(m.replica.item(), m.frame.item()) for m in data} for part, data in parts.items()}
    assert not seen["train"] & seen["frames"]
    assert {replica for replica, _ in seen["train"]} == {0, 1, 2} == {replica for replica, _ in seen["frames"]}
    assert max(frame for _, frame in seen["train"]) < min(frame for _, frame in seen["frames"])
    assert {replica for replica, _ in seen["conformers"]} == {3}
    with pytest.raises(ValueError, match="split must be one of train, frames, conformers, got 'test'"):
        ethanol.split("test")


def test_split_of_a_subset(ethanol):
    assert len(ethanol[::5].split("train")) == 240
    every_tenth = BundledTrajectories("ethanol", pre_filter=lambda m: m.frame.item() % 10 == 0)
    assert len(every_tenth.split("conformers")) == 50


def test_several_molecules_batch():
    data = BundledTrajectories(["water_dimer", "ethanol"], pre_filter=lambda m: m.frame.item() == 7)
    assert [m.name for m in data] == ["water_dimer"] * 4 + ["ethanol"] * 4
    batch = next(iter(DataLoader(data, batch_size=8)))
    assert batch.pos.shape == (4 * 6 + 4 * 9, 3)
    assert batch.edge_index.max() == batch.num_nodes - 1
    assert batch.is_undirected()
    lengths = (batch.pos[batch.edge_index[0]] - batch.pos[batch.edge_index[1]]).norm(dim=1)
    assert lengths.max() < 1.75


def test_cache_stays_out_of_the_package(tmp_path):
    before = {path.name for path in bundled_file("ethanol").parent.iterdir()}
    data = BundledTrajectories("water_dimer", cache=tmp_path)
    assert data.cache_file.parent == tmp_path
    assert torch.equal(BundledTrajectories("water_dimer", cache=tmp_path)[9].pos, data[9].pos)
    assert {path.name for path in bundled_file("ethanol").parent.iterdir()} == before


@pytest.mark.parametrize("names", ["ethanole", ["ethanol", "ethanole"], []])
def test_unknown_molecule(names):
    with pytest.raises(ValueError, match=r"no bundled molecule .*choose from ethanol, malonaldehyde"):
        BundledTrajectories(names)


def test_missing_and_damaged_files(monkeypatch, tmp_path):
    monkeypatch.setattr(bundled, "bundled_file", lambda name: tmp_path / f"{name}.npz")
    with pytest.raises(FileNotFoundError, match=r"ethanol\.npz.*reinstall torch_molfield"):
        BundledTrajectories("ethanol")
    (tmp_path / "ethanol.npz").write_bytes(bundled_file("ethanol").read_bytes()[:5000])
    with pytest.raises(ValueError, match=r"ethanol\.npz is truncated"):
        BundledTrajectories("ethanol")


# What the shipped dynamics are held to.


def test_all_files_are_small_and_complete():
    paths = [bundled_file(name) for name in BUNDLED_NAMES]
    assert sum(path.stat().st_size for path in paths) < 10e6
    assert {path.name for path in paths} == {path.name for path in paths[0].parent.glob("*.npz")}
    readme = (paths[0].parent / "README.md").read_text(encoding="utf-8")
    assert all(f"| {name} |" in readme for name in BUNDLED_NAMES)


@pytest.mark.parametrize("name", BUNDLED_NAMES)
def test_dynamics_are_sane(name):
    d = load_bundled(name)
    atoms = len(d["z"])
    assert d["pos"].shape == d["forces"].shape == (4, 500, atoms, 3)
    assert d["pos"].dtype == d["forces"].dtype == d["charges"].dtype == np.float32
    assert d["energy"].dtype == np.float64
    assert np.all(np.diff(d["time_fs"]) == 2.0)
    pos = d["pos"].astype(np.float64)
    # Whole: every bond within a quarter of its mean, no atom pair closer than an X-H bond can be.
    length = np.linalg.norm(pos[..., d["bonds"][:, 0], :] - pos[..., d["bonds"][:, 1], :], axis=-1)
    ratio = length / length.mean(axis=(0, 1))
    assert 0.8 < ratio.min() < ratio.max() < 1.25
    distance = np.linalg.norm(pos[..., :, None, :] - pos[..., None, :, :], axis=-1)
    assert (distance + 9 * np.eye(atoms)).min() > 0.8
    # Smooth: 2 fs of thermal motion, no jumps; and no atom stands still.
    step = np.linalg.norm(np.diff(pos, axis=1), axis=-1)
    assert 0.05 < step.max() < 0.25
    # At 500 K: one replica of a picosecond scatters by some 50 K, the mean of four by half of that.
    assert d["temperature_K"].mean() == pytest.approx(500, abs=75)
    # Neutral, and the energy changes by the work of the forces (trapezoidal rule over 2 fs).
    assert np.abs(d["charges"].sum(axis=-1)).max() < 1e-3
    mean_force = 0.5 * (d["forces"][:, 1:] + d["forces"][:, :-1]).astype(np.float64)
    work = -(mean_force * np.diff(pos, axis=1)).sum(axis=(-1, -2))
    change = np.diff(d["energy"], axis=1)
    assert (change - work).std() < 0.15 * change.std()
    assert np.abs(d["forces"].sum(axis=2)).max() < 5e-3


def test_held_out_conformer_is_another_one_where_there_are_several():
    for name in ("ethanol", "malonaldehyde", "glycine", "cyclohexane", "alanine_dipeptide", "biphenyl", "aspirin"):
        with np.load(bundled_file(name), allow_pickle=False) as archive:
            start = archive["start"].tolist()
        assert start[3] not in start[:3], name


def test_water_dimer_stays_bound():
    pos = load_bundled("water_dimer")["pos"]
    assert np.linalg.norm(pos[:, :, 0] - pos[:, :, 1], axis=-1).max() < 4.0
