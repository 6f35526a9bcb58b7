from itertools import pairwise

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
