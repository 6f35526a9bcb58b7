import numpy as np
import pytest
import torch
from ase import Atoms
from ase.io import write

from tests.public_sets import number_of
from torch_molfield.data import BundledTrajectories
from torch_molfield.data.datasets.held_out import TestData
from torch_molfield.data.datasets.named import (
    labelled_molecules,
    training_molecules,
    unseen_molecules,
)
from torch_molfield.data.properties import Target


def test_training_and_unseen_parts_of_a_bundled_molecule():
    seen = training_molecules(["water_dimer"], None)
    assert len(seen) == 1200
    parts = unseen_molecules(["water_dimer"], None, count=3, movie=4)
    assert [(part.name, part.kind, len(part.molecules)) for part in parts] == [
        ("water_dimer", "frames", 3),
        ("water_dimer", "conformers", 3),
    ]
    late = [frame.pos for frame in BundledTrajectories("water_dimer").split("frames")]
    assert all(any(frame.pos.equal(pos) for pos in late) for frame in parts[0].molecules)
    assert not any(frame.pos.equal(other.pos) for frame in seen for part in parts for other in part.molecules)


def test_movie_is_in_order_of_time():
    (frames, _) = unseen_molecules(["water_dimer"], None, count=1, movie=5)
    times = [float(frame.time_fs) for frame in frames.movie]
    assert times == sorted(times)
    assert frames.interval == pytest.approx(times[1] - times[0])


def test_files(tmp_path):
    write(tmp_path / "he.xyz", [Atoms("He", positions=[[float(i), 0, 0]]) for i in range(10)])
    (part,) = unseen_molecules([str(tmp_path / "he.xyz")], None, count=2)
    assert part.name == "he"
    assert [float(frame.pos[0, 0]) for frame in part.molecules] == [2, 7]


def test_a_file_of_one_molecule_is_a_trajectory(tmp_path):
    write(tmp_path / "he.xyz", [Atoms("He", positions=[[float(i), 0, 0]]) for i in range(10)])
    (part,) = unseen_molecules([str(tmp_path / "he.xyz")], None, count=2, movie=4)
    assert [float(frame.pos[0, 0]) for frame in part.movie] == [0, 2, 4, 6]
    assert (part.interval, part.unit) == (2.0, "frame")
    write(tmp_path / "two.xyz", [Atoms("He"), Atoms("Ne")])
    (part,) = unseen_molecules([str(tmp_path / "two.xyz")], None, count=2, movie=4)
    assert not part.movie


def test_rmd17(data_dir):
    (part,) = unseen_molecules(["rmd17/ethanol"], data_dir, count=2)
    assert len(part.molecules) == 2


def test_unseen_molecules_with_their_properties(tmp_path):
    (frames,) = TestData(["water_dimer"], num_samples=3).labelled().values()
    assert len(frames) == 6
    assert all(bool(torch.isfinite(frame.energy).all()) and frame.dipole.shape == (1, 3) for frame in frames)
    write(tmp_path / "he.xyz", [Atoms("He", positions=[[float(i), 0, 0]]) for i in range(4)])
    assert len(*TestData([str(tmp_path / "he.xyz")], num_samples=2).labelled().values()) == 2


def test_unseen_molecules_of_qm9(data_dir):
    (found,) = TestData(["qm9"], data_dir, 5).labelled().values()
    assert len(found) == 5
    assert found[0].y.shape == (1, 15)


@pytest.mark.parametrize("name", ["qm9/under14", "qm9/over15"])
def test_qm9_by_size_is_tested_on_its_own_molecules(public_sets, name):
    (part,) = unseen_molecules([name], public_sets, count=12)
    numbers = [number_of(molecule) for molecule in part.molecules]
    split = np.load(public_sets / "qdf" / "reference_under14.npz")
    small = set(split["test_ids"].tolist())
    large = {number for number in range(1, 257) if (number - 1) % 4 >= 2}
    assert len(set(numbers)) == 12
    assert set(numbers) <= (small if name == "qm9/under14" else large)
    assert not set(numbers) & {*split["train_ids"].tolist(), *split["val_ids"].tolist()}


def test_files_and_smiles(tmp_path):
    write(tmp_path / "he.xyz", [Atoms("He", positions=[[float(i), 0, 0]]) for i in range(10)])
    assert len(training_molecules([str(tmp_path / "he.xyz"), "CCO"], None)) == 11


def test_numbers_of_a_file(tmp_path):
    frames = [Atoms("He", info={"boiling": 4.2}), Atoms("Ne", info={"boiling": 27.1})]
    write(tmp_path / "noble.extxyz", frames)
    found = labelled_molecules(str(tmp_path / "noble.extxyz"), None, [Target("boiling")])
    assert [float(data.boiling) for data in found] == [4.2, 27.1]
    assert len(labelled_molecules(str(tmp_path / "noble.extxyz"), None)) == 2


def test_a_unit_of_a_file_is_none_of_a_trajectory():
    with pytest.raises(ValueError, match="'energy' of ethanol is in eV, not in meV"):
        labelled_molecules("ethanol", None, [Target("energy", extensive=True, unit="meV")])


def test_training_molecules_of_rmd17(data_dir):
    assert len(training_molecules(["rmd17/ethanol"], data_dir)) == 1000


def test_rmd17_needs_a_folder():
    with pytest.raises(ValueError, match="--root"):
        training_molecules(["rmd17/ethanol"], None)
