import pytest
import torch
from ase.build import molecule
from ase.calculators.singlepoint import SinglePointCalculator
from ase.io import write

from torch_molfield.data import TrajectoryDataset


def frames(count=6):
    out = []
    for k in range(count):
        atoms = molecule("CH3OH")
        atoms.positions[0, 0] += 0.01 * k
        atoms.calc = SinglePointCalculator(atoms, energy=float(k), forces=atoms.positions)
        out.append(atoms)
    return out


@pytest.mark.parametrize("ending", [".traj", ".extxyz", ".xyz"])
def test_frames_in_order(tmp_path, ending):
    path = tmp_path / f"run{ending}"
    write(path, frames(), format="traj" if ending == ".traj" else "extxyz")
    data = TrajectoryDataset(path)
    assert [m.energy.item() for m in data] == [0, 1, 2, 3, 4, 5]
    assert [m.frame.item() for m in TrajectoryDataset(path, step=2)] == [0, 2, 4]
    assert data[3].forces.shape == (6, 3)


def test_cache_notices_a_changed_file(tmp_path):
    path = tmp_path / "run.extxyz"
    write(path, frames(3))
    assert len(TrajectoryDataset(path, cache=tmp_path / "cache")) == 3
    write(path, frames(5))
    assert len(TrajectoryDataset(path, cache=tmp_path / "cache")) == 5


def test_bad_input(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.traj"):
        TrajectoryDataset(tmp_path / "none.traj")
    with pytest.raises(ValueError, match="supported are"):
        TrajectoryDataset(tmp_path / "some.dcd")
    with pytest.raises(ValueError, match="step must be at least 1"):
        TrajectoryDataset(tmp_path / "none.traj", step=0)


def test_frames_with_unlike_results(tmp_path):
    path, mixed = tmp_path / "run.extxyz", frames(3)
    mixed[1].calc = None
    write(path, mixed)
    with pytest.raises(ValueError, match=r"run\.extxyz: frame 1 and frame 0 differ in \['energy', 'forces'\]"):
        TrajectoryDataset(path)


def test_pdb_labels_survive(data_dir, tmp_path):
    data = TrajectoryDataset(data_dir / "pdb" / "1ubi.pdb", cache=tmp_path)
    again = TrajectoryDataset(data_dir / "pdb" / "1ubi.pdb", cache=tmp_path)
    assert data[0].residue_name[:1] == ["MET"] == again[0].residue_name[:1]
    assert torch.equal(again[0].pos, data[0].pos)
