import numpy as np
import pytest
import torch

from torch_molfield.data import QM9
from torch_molfield.data.datasets.qm9 import _part

UNITS = ["GHz"] * 3 + ["D", "bohr^3"] + ["Ha"] * 3 + ["bohr^2"] + ["Ha"] * 5 + ["cal/mol/K"]


def small(root, extra=True, **changes):
    counts = np.array([5, 3, 2], dtype=np.uint8)
    rng = np.random.default_rng(0)
    arrays = {
        "z": np.array([6, 1, 1, 1, 1, 8, 1, 1, 7, 7], dtype=np.uint8),
        "pos": rng.normal(size=(10, 3)).astype(np.float32),
        "n_atoms": counts,
        "index": np.array([1, 3, 8], dtype=np.int32),
        "y": np.arange(45.0).reshape(3, 15),
        "y_names": np.array(QM9.target_names),
        "y_units": np.array(UNITS),
    }
    np.savez(root / "qm9.npz", **{key: changes.get(key, value) for key, value in arrays.items()})
    if extra:
        more = {
            "index": changes.get("extra_index", arrays["index"]),
            "mulliken": np.arange(10, dtype=np.float32),
            "polar_tensor": np.tile(np.array([1, 2, 3, 4, 5, 6], dtype=np.float32), (3, 1)),
            "smiles": np.array(["C", "O", "N#N"]),
        }
        np.savez(root / "qm9_extra.npz", **more)
    return root


def test_molecules_are_cut_at_their_atoms(tmp_path):
    data = QM9(small(tmp_path))
    assert [m.z.tolist() for m in data] == [[6, 1, 1, 1, 1], [8, 1, 1], [7, 7]]
    assert [m.gdb.item() for m in data] == [1, 3, 8]
    assert [m.smiles for m in data] == ["C", "O", "N#N"]
    assert data[1].charges.tolist() == [5.0, 6.0, 7.0]
    with np.load(tmp_path / "qm9.npz") as archive:
        assert torch.equal(data[2].pos, torch.from_numpy(archive["pos"][8:]))


def test_units(tmp_path):
    y = QM9(small(tmp_path))[0].y
    assert y.dtype == torch.float64
    assert y.shape == (1, 15)
    expected = {"A": 0.0, "mu": 3 * 0.2081943, "alpha": 4 * 0.1481847, "homo": 5 * 27.2113862, "Cv": 14 * 4.33641e-5}
    for name, value in expected.items():
        assert y[0, QM9.target_names.index(name)].item() == pytest.approx(value, rel=1e-6)
    assert dict(zip(QM9.target_names, QM9.target_units, strict=True))["r2"] == "Å^2"


def test_polarizability_is_a_symmetric_tensor_in_cubic_angstrom(tmp_path):
    of_the_file = torch.tensor([[1.0, 2, 4], [2, 3, 5], [4, 5, 6]])
    for molecule in QM9(small(tmp_path)):
        tensor = molecule.polarizability[0] / 0.1481847
        assert torch.allclose(tensor, tensor.T, atol=1e-6)
        # turned as a whole, not changed
        assert torch.allclose(torch.linalg.eigvalsh(tensor), torch.linalg.eigvalsh(of_the_file), atol=1e-5)


def test_polarizabilities_are_in_the_axes_of_the_positions(data_dir):
    """Propynal is planar, 4 Å long, and polarizable along its triple bond."""
    (propynal,) = QM9(data_dir, gdb=[26])
    tensor, pos = propynal.polarizability[0], propynal.pos - propynal.pos.mean(0)
    size, axes = torch.linalg.eigh(tensor)
    _, _, directions = torch.linalg.svd(pos)
    bond = pos[3] - pos[2]
    assert propynal.z[2:4].tolist() == [6, 6] and 1.15 < bond.norm() < 1.25
    assert (axes[:, 2] @ bond).abs() / bond.norm() > 0.95
    assert (axes[:, 0] @ directions[2]).abs() > 0.999
    assert size[2] > 2 * size[1]


def test_without_extra_file(tmp_path):
    assert set(QM9(small(tmp_path, extra=False))[0].to_dict()) == {"z", "pos", "y", "gdb", "atomization"}


def test_selections(tmp_path):
    small(tmp_path)
    assert [m.gdb.item() for m in QM9(tmp_path, size=2)] == [1, 3]
    assert [m.gdb.item() for m in QM9(tmp_path, gdb=torch.tensor([8, 1]))] == [8, 1]
    assert [m.gdb.item() for m in QM9(tmp_path, max_atoms=3)] == [3, 8]
    assert [m.gdb.item() for m in QM9(tmp_path, size=1, max_atoms=3)] == [3]
    with pytest.raises(ValueError, match=r"no molecule 2 of GDB-9 \(1 are missing\)"):
        QM9(tmp_path, gdb=[1, 2])
    with pytest.raises(ValueError, match="size must be at least 1"):
        QM9(tmp_path, size=0)
    with pytest.raises(ValueError, match="no molecule is left"):
        QM9(tmp_path, max_atoms=1)


def test_cache(tmp_path):
    small(tmp_path)
    first = QM9(tmp_path, size=2, cache=tmp_path / "cache")
    again = QM9(tmp_path, size=2, cache=tmp_path / "cache")
    assert first.cache_file == again.cache_file
    assert torch.equal(first[1].y, again[1].y)
    assert len(QM9(tmp_path, size=3, cache=tmp_path / "cache")) == 3


def test_missing_file_says_what_to_put_where(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"qm9\.npz\. Put qm9\.npz .*figshare.*torch_geometric\.datasets\.QM9"):
        QM9(tmp_path)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"z": np.ones(9, dtype=np.uint8)}, r"qm9\.npz: z has shape \(9,\) instead of \(10,\)"),
        ({"y": np.zeros((3, 14))}, r"y has shape \(3, 14\)"),
        ({"y_names": np.array(QM9.target_names[::-1])}, r"qm9\.npz: y_names are"),
        ({"y_units": np.array(["kcal"] * 15)}, r"y_units has 'kcal' for A; it must be in GHz"),
        ({"y_units": np.array([*UNITS[:7], "D", *UNITS[8:]])}, r"y_units has 'D' for gap; it must be in Ha"),
        ({"y_units": np.array([*UNITS[:10], "cal/mol/K", *UNITS[11:]])}, r"'cal/mol/K' for U0; it must be in Ha"),
        ({"y_units": np.array(UNITS[1:])}, r"y_units has 14 units for 15 columns"),
        ({"extra_index": np.array([1, 3, 9])}, r"qm9_extra\.npz lists other molecules"),
    ],
)
def test_foreign_files(tmp_path, changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        QM9(small(tmp_path, **changes))


@pytest.mark.parametrize("name", ["qm9.npz", "qm9_extra.npz"])
def test_truncated_files(tmp_path, name):
    path = small(tmp_path) / name
    path.write_bytes(path.read_bytes()[:700])
    with pytest.raises(ValueError, match=rf"{name} is truncated"):
        QM9(tmp_path)


def test_methane_of_the_real_set(data_dir):
    data = QM9(data_dir, gdb=[1, 8])
    methane, methanol = data[0], data[1]
    assert methane.z.tolist() == [6, 1, 1, 1, 1]
    y = dict(zip(QM9.target_names, methane.y[0].tolist(), strict=True))
    assert y["homo"] == pytest.approx(-10.55, abs=0.01)  # eV
    assert y["U0"] == pytest.approx(-1101.49, abs=0.01)
    assert y["alpha"] == pytest.approx(1.957, abs=0.002)  # Å^3
    trace = methane.polarizability[0].trace().item() / 3
    assert trace == pytest.approx(y["alpha"], rel=2e-2)
    assert methanol.smiles == "CO"
    mu = methanol.y[0, QM9.target_names.index("mu")].item()
    assert mu == pytest.approx(1.5258 * 0.2081943, rel=1e-3)


def test_parts_cover_all_once_and_are_shuffled(tmp_path):
    parts = [_part(12800, part) for part in ("train", "validation", "test")]
    assert [len(part) for part in parts] == [11000, 1000, 800]
    assert np.array_equal(np.sort(np.concatenate(parts)), np.arange(12800))
    assert abs(parts[0][:100].mean() - 6400) < 1500
    assert len(QM9(small(tmp_path), part="train")) == 2
    with pytest.raises(ValueError, match="part must be one of train, validation, test"):
        QM9(tmp_path, part="tests")
