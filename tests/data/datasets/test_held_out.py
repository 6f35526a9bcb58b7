from itertools import pairwise

import pytest
from ase import Atoms
from ase.io import write

from torch_molfield.data.datasets.held_out import TestData
from torch_molfield.data.properties import find_targets


def test_labels_are_kept_where_they_are_needed():
    data = TestData(["water_dimer"], num_samples=3)
    assert all("energy" not in molecule for part in data.parts() for molecule in part.molecules)
    (molecules,) = data.labelled(find_targets(["energy"])).values()
    assert len(molecules) == 6 and all("energy" in molecule for molecule in molecules)


def test_all_frames_where_they_must_follow_each_other():
    data = TestData(["water_dimer"], num_samples=3)
    assert {name: len(found) for name, found in data.by_kind().items()} == {
        "water_dimer frames": 3,
        "water_dimer conformers": 3,
    }
    frames = data.by_kind(consecutive=True)["water_dimer frames"]
    times = [float(frame.time_fs) for frame in frames if int(frame.replica) == 0]
    assert len(times) > 50 and {round(b - a, 3) for a, b in pairwise(times)} == {2.0}


def no_neon(z, pos, batch):
    if int(z[0]) == 10:
        raise ValueError("z: molecule 0 of the batch is neon.")


def atoms_in(path, elements):
    write(path, [Atoms(element, positions=[[k, 0.0, 0.0]]) for k, element in enumerate(elements)])
    return str(path)


def test_all_of_different_molecules_that_fit_and_some_frames_of_one(tmp_path):
    different = atoms_in(tmp_path / "different.xyz", ["He", "Ne", "Ar", *["He"] * 20])
    data = TestData([different], check=no_neon)
    (part,) = data.parts()
    assert len(part.molecules) == 22 and 10 not in [int(molecule.z) for molecule in part.molecules]
    assert data.summary() == "evaluated 22 molecules; left out 1: 1 × z: the molecule is neon"
    data = TestData([different], num_samples=4)
    assert len(data.parts()[0].molecules) == 4
    assert data.summary() == "evaluated 4 molecules"
    data = TestData([atoms_in(tmp_path / "one.xyz", ["He"] * 30)], check=no_neon, movie=3)
    (part,) = data.parts()
    assert (len(part.molecules), len(part.movie)) == (10, 3)
    assert data.summary("--count") == "evaluated 10 molecules, the usual 10 of each name and kind (--count)"


def test_nothing_left(tmp_path):
    data = TestData([atoms_in(tmp_path / "neon.xyz", ["Ne", "Ne"])], check=no_neon)
    with pytest.raises(ValueError, match="none of the molecules of .*neon.xyz can be taken: 2 × z: the molecule"):
        data.parts()
