import pytest
from ase import Atoms
from ase.build import molecule
from ase.io import write

from torch_molfield.data.conformers import read_trajectory


def frames():
    moved = molecule("H2O")
    moved.rattle(0.1)
    return [molecule("H2O"), moved]


@pytest.mark.parametrize("ending", ["extxyz", "traj", "json"])
def test_whatever_ase_reads(tmp_path, ending):
    path = tmp_path / f"water.{ending}"
    write(path, frames())
    found = read_trajectory(path)
    assert [frame.z.tolist() for frame in found] == [[8, 1, 1]] * 2
    assert not found[0].pos.equal(found[1].pos)


def test_bad_files(tmp_path):
    path = tmp_path / "mixed.extxyz"
    write(path, [molecule("H2O"), molecule("NH3")])
    with pytest.raises(ValueError, match=r"frame 1 has 3 atoms \(O H H\), frame 2 4 atoms"):
        read_trajectory(path)
    with pytest.raises(FileNotFoundError, match="no file"):
        read_trajectory(tmp_path / "none.json")
    (tmp_path / "bad.dcd").write_text("nothing")
    with pytest.raises(ValueError, match="cannot be read as a trajectory"):
        read_trajectory(tmp_path / "bad.dcd")
    write(tmp_path / "crystal.json", Atoms("He", cell=[3, 3, 3], pbc=True))
    with pytest.raises(ValueError, match="periodic"):
        read_trajectory(tmp_path / "crystal.json")
