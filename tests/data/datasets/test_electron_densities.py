import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from torch_geometric.loader import DataLoader

from torch_molfield.data.datasets import ElectronDensities, find_dataset
from torch_molfield.data.datasets.electron_densities import sample_points
from torch_molfield.data.units import BOHR
from torch_molfield.nn.gaussians import density_basis

SHARDS = Path(__file__).resolve().parents[3] / "datasets" / "electron_density" / "small"


@pytest.fixture
def one_shard(tmp_path):
    shutil.copy(SHARDS / "shard_0of4_001433.npz", tmp_path)
    return tmp_path


def test_molecules_are_those_of_the_shards(one_shard):
    arrays = dict(np.load(one_shard / "shard_0of4_001433.npz"))
    data = ElectronDensities(one_shard)
    assert sorted(molecule.smiles for molecule in data) == sorted(arrays["smiles"].tolist())
    molecule = data[0]
    k = arrays["smiles"].tolist().index(molecule.smiles)
    assert len(molecule.z) == arrays["n_atoms"][k] and len(molecule.coefficients) == arrays["n_aux"][k]
    assert len(molecule.coefficients) == int(density_basis().sizes(molecule.z).sum())
    np.testing.assert_allclose(molecule.dipole[0], arrays["dipole"][k] * BOHR, rtol=1e-6)
    np.testing.assert_allclose(molecule.field_values[:, 0], arrays["sample_rho"][k] / BOHR**3, rtol=1e-6)
    assert molecule.quadrupole.shape == (1, 3, 3) and molecule.charge.shape == (1,)
    assert "energy" not in molecule


def test_weights_integrate(one_shard):
    """A smooth function over the space that the points cover."""
    pos = np.array([[0.0, 0.0, 0.0], [1.1, 0.0, 0.4]])
    points, weights = sample_points(pos, 3, 100_000)
    values = np.exp(-((points - pos[1]) ** 2).sum(1) / 0.5)
    assert (weights * values).sum() == pytest.approx((0.5 * np.pi) ** 1.5, rel=0.02)


def test_parts_are_disjoint_and_stay(one_shard):
    parts = {name: ElectronDensities(SHARDS, part=name) for name in ("train", "validation", "test")}
    names = {name: {molecule.smiles for molecule in part} for name, part in parts.items()}
    assert not names["train"] & names["test"] and not names["train"] & names["validation"]
    assert len(names["train"]) > 0.8 * sum(map(len, names.values()))
    few = {molecule.smiles for molecule in ElectronDensities(one_shard, part="train")}
    assert few <= names["train"]
    assert len(ElectronDensities(SHARDS, part="train", size=5)) == 5


def test_batches(one_shard):
    batch = next(iter(DataLoader(ElectronDensities(one_shard), batch_size=3, follow_batch=["points"])))
    assert batch.points.shape == (3 * 512, 3) and batch.points_batch.shape == (3 * 512,)
    assert batch.charge.shape == (3,) and batch.dipole.shape == (3, 3)
    assert len(batch.coefficients) == int(density_basis().sizes(batch.z).sum())


def test_the_registered_name():
    source = find_dataset("electron-densities/10", SHARDS)
    assert len(source.split("train")) == 10 and len(source.split("val", 4)) == 4


def test_shards_of_several_folders(one_shard, tmp_path):
    (tmp_path / "both").mkdir()
    for name in ("first", "second"):
        (tmp_path / "both" / name).symlink_to(one_shard)
    assert len(ElectronDensities(tmp_path / "both")) == 2 * len(ElectronDensities(one_shard))


def test_bad_input(one_shard, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(FileNotFoundError, match=r"There is no shard_\*\.npz in .*make_electron_densities\.py"):
        ElectronDensities(empty)
    with pytest.raises(ValueError, match="part must be one of train, validation, test; got 'val'"):
        ElectronDensities(one_shard, part="val")
    with pytest.raises(ValueError, match="size must be at least 1"):
        ElectronDensities(one_shard, size=0)
    with pytest.raises(ValueError, match="after the slash goes a number of molecules"):
        find_dataset("electron-densities/all", one_shard)
    path = one_shard / "shard_0of4_001433.npz"
    arrays = dict(np.load(path))
    np.savez(path, **{**arrays, "pos": arrays["pos"][:-1]})
    with pytest.raises(ValueError, match=r"shard_0of4_001433\.npz: pos has shape .* the file is damaged"):
        ElectronDensities(one_shard)
    assert torch.is_tensor(ElectronDensities(SHARDS, size=1)[0].points)
