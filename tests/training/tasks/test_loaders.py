"""Tasks learn the same from the batches of PyG's loaders as from batches made in memory."""

import copy

import pytest
import torch
from lightning.pytorch.callbacks import Callback
from torch_geometric.loader import DataLoader
from torch_geometric.transforms import Compose

from tests.pyg_sets import pyg_md17, pyg_qm9
from torch_molfield.data import BundledTrajectories
from torch_molfield.data.elements import symbols
from torch_molfield.fields import GaussianField, SignedDistanceField
from torch_molfield.training import (
    DensityTask,
    DensityTraining,
    ForceFieldTraining,
    PropertyTraining,
    SurfaceTask,
    SurfaceTraining,
    train,
)
from torch_molfield.training.batches.molecules import packed_batch
from torch_molfield.training.batches.steps import StepBatches
from torch_molfield.training.batches.surfaces import surface_batch
from torch_molfield.training.tasks.forces import ForceFieldTask
from torch_molfield.training.tasks.property import PropertyTask
from torch_molfield.transforms import CanonicalFrame, SampleField
from torch_molfield.transforms.density_points import density_points
from torch_molfield.transforms.distance_points import DistanceSamples, sample_distances
from torch_molfield.transforms.per_sample import sample_generator

FIELD = {"hidden": 8, "depth": 2, "num_frequencies": 16, "width": 16, "vectors": 4, "heads": 2, "groups": 2}
FORCES = {"width": 8, "vectors": 4, "radial": 4, "sources": 4}
SIZE, NUM_POINTS, SEED = 4, 16, 2
STEPS = {"max_steps": 3, "batch_size": SIZE, "workers": 0}
SES = SignedDistanceField("ses")


@pytest.fixture(scope="module")
def datasets(tmp_path_factory):
    root = tmp_path_factory.mktemp("pyg")
    qm9, md17 = pyg_qm9(root / "qm9"), pyg_md17(root)
    return {"QM9": qm9[:8], "MD17": md17[:8], "bundled": BundledTrajectories("water_dimer").split("train")[:8]}


class InOrder(StepBatches):
    """Batches of a function, the same two over and over, as of a loader of eight molecules that does not shuffle."""

    batch_size = SIZE
    num_molecules = 2 * SIZE

    def __init__(self, make):
        super().__init__(seed=0)
        self.make = make

    def at(self, number, generator):
        first = number % 2 * SIZE
        return self.make(torch.arange(first, first + SIZE))


class Losses(Callback):
    def __init__(self):
        self.steps = []

    def on_train_batch_end(self, trainer, pl_module, *args):
        self.steps.append(pl_module.loss)


def run(task, data, folder):
    losses = Losses()
    model = train(task, data, directory=folder, callbacks=[losses], accelerator="cpu", progress_bar=False)
    return losses.steps, model


def assert_the_same_training(task, settings, dataset, transforms, make, tmp_path):
    """Of ``dataset`` through a loader with ``transforms``, and in memory with the batches of ``make(molecules)``."""
    dataset = copy.copy(dataset)
    dataset.transform = Compose([CanonicalFrame(), *transforms])
    streamed, model = run(task(settings), DataLoader(dataset, SIZE, follow_batch=["points"]), tmp_path / "streamed")
    dataset.transform = CanonicalFrame()
    in_memory = task(settings)
    in_memory.batches = lambda data, seed, first=0: InOrder(lambda chosen: make(in_memory, data, chosen))
    expected, same = run(in_memory, list(dataset), tmp_path / "memory")
    assert len(set(streamed)) == 3
    assert streamed == pytest.approx(expected, rel=1e-6)
    for name, weights in model.state_dict().items():
        torch.testing.assert_close(weights, same.state_dict()[name], rtol=1e-5, atol=1e-7, msg=name)


def labelled(task, data, chosen):
    return packed_batch(data, chosen)


def around_surfaces(task, data, chosen):
    """Points as the transform draws them, but of molecules in memory."""
    parts = [data[int(k)] for k in chosen]
    owner = torch.arange(SIZE)
    samples = [
        sample_distances(SES, m.z, m.pos, torch.zeros_like(m.z), NUM_POINTS, sample_generator(SEED, m.z, m.pos))
        for m in parts
    ]
    points, values, gradients = (torch.cat([sample[k] for sample in samples]) for k in range(3))
    z, pos = torch.cat([m.z for m in parts]), torch.cat([m.pos for m in parts])
    batch = owner.repeat_interleave(torch.tensor([len(m.z) for m in parts]))
    return surface_batch(z, pos, batch, DistanceSamples(points, values, gradients, owner.repeat_interleave(NUM_POINTS)))


def in_densities(task, data, chosen):
    batch = packed_batch(data, chosen)
    points = []
    for k in range(SIZE):
        z, pos = batch.z[batch.batch == k], batch.pos[batch.batch == k]
        drawn, _ = density_points(pos.double(), torch.zeros_like(z), NUM_POINTS, sample_generator(SEED, z, pos))
        points.append(drawn.float())
    batch.points, batch.points_batch = torch.cat(points), torch.arange(SIZE).repeat_interleave(NUM_POINTS)
    batch.field_values = task.field(batch.points, batch.z, batch.pos, batch.points_batch, batch.batch)
    return batch


@pytest.mark.parametrize("name", ["QM9", "bundled"])
def test_surfaces(datasets, name, tmp_path):
    samples = SampleField(SES, NUM_POINTS, scheme="surface", gradients=True, seed=SEED)
    settings = SurfaceTraining(model=FIELD, **STEPS)
    assert_the_same_training(SurfaceTask, settings, datasets[name], [samples], around_surfaces, tmp_path)


@pytest.mark.parametrize("name", ["QM9", "bundled"])
def test_densities(datasets, name, tmp_path):
    elements = symbols(torch.cat([m.z for m in datasets[name]]).unique())
    samples = SampleField(GaussianField(sigma=0.45, channels=elements), NUM_POINTS, scheme="mixed", seed=SEED)
    settings = DensityTraining(model=FIELD, **STEPS)
    assert_the_same_training(DensityTask, settings, datasets[name], [samples], in_densities, tmp_path)


@pytest.mark.parametrize(("name", "targets"), [("QM9", ["gap", "mu"]), ("bundled", ["energy", "dipole"])])
def test_properties(datasets, name, targets, tmp_path):
    settings = PropertyTraining(targets=targets, model=FIELD, **STEPS)
    assert_the_same_training(PropertyTask, settings, datasets[name], [], labelled, tmp_path)


@pytest.mark.parametrize("name", ["MD17", "bundled"])
def test_forces(datasets, name, tmp_path):
    settings = ForceFieldTraining(model=FORCES, charges=name == "bundled", **STEPS)
    assert_the_same_training(ForceFieldTask, settings, datasets[name], [], labelled, tmp_path)


def first_batch(dataset, *transforms, **options):
    dataset = copy.copy(dataset)
    dataset.transform = Compose(list(transforms))
    return next(iter(DataLoader(dataset, SIZE, **options)))


def test_a_surface_without_samples(datasets):
    frames = list(datasets["bundled"])
    task = SurfaceTask(SurfaceTraining(model=FIELD, **STEPS))
    task.take(task.make_model(frames))
    with pytest.raises(ValueError, match=r"the batch has no 'points', which SampleField\(SignedDistanceField"):
        task.losses(first_batch(datasets["bundled"]))
    samples = SampleField(SES, NUM_POINTS, scheme="surface")
    with pytest.raises(
        ValueError, match=r"no 'points_batch', which a DataLoader with follow_batch=\[\"points\"\] makes"
    ):
        task.losses(first_batch(datasets["bundled"], samples))
    with pytest.raises(ValueError, match=r"no 'field_gradients', which SampleField\(.*, gradients=True\) makes"):
        task.losses(first_batch(datasets["bundled"], samples, follow_batch=["points"]))


def test_a_density_with_other_samples(datasets):
    task = DensityTask(DensityTraining(model=FIELD, **STEPS))
    task.take(task.make_model(task.prepare(list(datasets["bundled"]))))
    samples = SampleField(GaussianField(sigma=0.45, channels=("H", "O")), NUM_POINTS)
    with pytest.raises(ValueError, match="no 'points_batch', which a DataLoader"):
        task.losses(first_batch(datasets["bundled"], samples))
    other = SampleField(GaussianField(sigma=0.45, channels=("all",)), NUM_POINTS)
    with pytest.raises(ValueError, match=r"field_values has 1 channels, the density 2; sample the field Gaussian"):
        task.losses(first_batch(datasets["bundled"], other, follow_batch=["points"]))


def test_labels_that_are_missing(datasets):
    def bare(data):
        data = copy.copy(data)
        del data.energy
        return data

    for task in (
        PropertyTask(PropertyTraining(targets=["energy"], model=FIELD, **STEPS)),
        ForceFieldTask(ForceFieldTraining(model=FORCES, **STEPS)),
    ):
        packed = task.prepare(list(datasets["bundled"]))
        task.take(task.make_model(packed))
        task.begin(packed, False)
        with pytest.raises(ValueError, match="the batch has no 'energy'; its molecules need an attribute 'energy'"):
            task.losses(first_batch(datasets["bundled"], bare))
