"""Trainings from a dataset that PyG keeps in a file, by PyG's loaders with workers."""

import csv

import pytest
import torch
from torch_geometric.data import InMemoryDataset
from torch_geometric.loader import DataLoader

from torch_molfield.data import BundledTrajectories
from torch_molfield.models import EnergyMolField
from torch_molfield.training import ForceFieldTraining, train
from torch_molfield.training.tasks import find_task

TINY = {"width": 8, "vectors": 2, "radial": 4, "sources": 4}
HARDWARE = {"accelerator": "cpu", "progress_bar": False}


class Stored(InMemoryDataset):
    """Sixteen frames of the water dimer, kept by PyG in one file."""

    @property
    def processed_file_names(self):
        return ["frames.pt"]

    def process(self):
        frames = list(BundledTrajectories("water_dimer").split("train")[:16])
        for frame in frames:
            del frame.name
        self.save(frames, self.processed_paths[0])


@pytest.fixture(scope="module")
def frames(tmp_path_factory):
    dataset = Stored(str(tmp_path_factory.mktemp("pyg")))
    dataset.load(dataset.processed_paths[0], data_cls=type(BundledTrajectories("water_dimer")[0]))
    return dataset


def run(folder, data, val_data=None, steps=4):
    settings = ForceFieldTraining(max_steps=steps, validate_every_steps=2, model=TINY)
    task = find_task("forces")(settings)
    return task, train(task, data, val_data, directory=folder, **HARDWARE)


def validations(folder):
    with (folder / "log" / "metrics.csv").open() as file:
        return [float(row["val_loss"]) for row in csv.DictReader(file) if row.get("val_loss")]


def weights(model):
    return torch.cat([value.flatten().double() for value in model.state_dict().values()])


@pytest.mark.filterwarnings("ignore:This DataLoader will create")
def test_a_loader_gives_the_same_for_any_number_of_workers(frames, tmp_path):
    found = []
    for workers in (0, 2):
        loader = DataLoader(frames[:12], batch_size=4, num_workers=workers)
        task, model = run(tmp_path / str(workers), loader, DataLoader(frames[12:], batch_size=2))
        assert task.global_step == 4 and isinstance(model, EnergyMolField)
        found.append((weights(model), validations(tmp_path / str(workers))))
    assert torch.equal(found[0][0], found[1][0])
    assert found[0][1] == found[1][1] and len(found[0][1]) == 2


def test_references_are_those_of_all_molecules_of_the_loader(frames, tmp_path):
    _, one = run(tmp_path / "loader", DataLoader(frames, batch_size=4, shuffle=True), steps=1)
    _, other = run(tmp_path / "memory", list(frames), steps=1)
    assert torch.equal(weights(one.references), weights(other.references))
