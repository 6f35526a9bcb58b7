import copy
from pathlib import Path

import pytest
import torch
from torch_geometric.loader import DataLoader

from torch_molfield.data import ElectronDensities
from torch_molfield.data.elements import element_property
from torch_molfield.models import ElectronDensityMolField
from torch_molfield.nn.gaussians import AtomCenteredDensity
from torch_molfield.training import train
from torch_molfield.training.batches.densities import DensityBatches, DensityTable
from torch_molfield.training.tasks.electron_density import ElectronDensityTask, shell_points

SHARDS = Path(__file__).resolve().parents[3] / "datasets" / "electron_density" / "small"
SMALL = {"width": 8, "tensors": 4, "layers": 2, "radial": 4, "sources": 2}


@pytest.fixture(scope="module")
def molecules():
    return ElectronDensities(SHARDS, part="test", size=6)


def made(molecules, **settings):
    torch.manual_seed(0)
    task = ElectronDensityTask({"max_steps": 2, "batch_size": 6, "num_points": 512, "model": SMALL, **settings})
    data = task.prepare(molecules)
    task.take(task.make_model(data))
    task.begin(data, resumed=False)
    return task, data


def test_batches_are_those_of_pyg(molecules):
    table = DensityTable(molecules)
    whole = DensityBatches(table, 512, 6, seed=0).epoch()[0]
    other = next(iter(DataLoader(molecules, batch_size=6, follow_batch=["points"])))
    names = ("z", "pos", "batch", "charge", "dipole", "coefficients", "points", "points_batch", "field_values")
    for name in (*names, "point_weights"):
        assert torch.equal(whole[name], other[name]), name


def test_some_of_the_points_stand_for_all(molecules):
    table = DensityTable(molecules)
    batch = DensityBatches(table, 64, 2, seed=0)[3]
    assert batch.points.shape == (2 * 64, 3) and torch.bincount(batch.points_batch).tolist() == [64, 64]
    again = DensityBatches(table, 64, 2, seed=0)[3]
    assert torch.equal(batch.points, again.points)
    totals = [DensityBatches(table, 64, 6, seed=s)[0].point_weights.sum() for s in range(60)]
    assert float(torch.stack(totals).mean()) == pytest.approx(float(table.points[..., 4].sum()), rel=0.1)


def test_losses_by_hand(molecules):
    task, data = made(molecules)
    torch.nn.init.normal_(task.model.readout, std=0.1)
    batch = task.batches(data, 0).epoch()[0]
    terms = {name: float(value.detach()) for name, value in task.losses(batch).items()}
    found = task.model(batch.z, batch.pos, batch.batch, batch.charge)
    exact = AtomCenteredDensity.from_coefficients(batch.z, batch.pos, batch.coefficients, batch.batch)
    error = task.model.from_tokens(batch.z, found.tokens - exact.tokens)
    assert terms["coefficients"] == pytest.approx(float(error.detach().square().sum((1, 2)).sqrt().mean()), rel=1e-3)
    assert terms["dipole"] == pytest.approx(float((found.dipole - batch.dipole).detach().norm(dim=1).mean()), rel=1e-3)
    wrong = batch.point_weights * (found(batch.points, batch.points_batch) - batch.field_values).abs().detach()
    shares = [float(wrong[batch.points_batch == k].sum()) for k in range(6)]
    expected = sum(share / float(n) for share, n in zip(shares, found.num_electrons.detach(), strict=True)) / 6
    assert terms["density"] == pytest.approx(expected, rel=1e-3)
    assert 0.01 < terms["potential"] < 100


def test_exact_coefficients_have_no_loss_but_that_of_the_fit(molecules, monkeypatch):
    task, data = made(molecules)
    batch = task.batches(data, 0).epoch()[0]
    tokens = task.model.basis.to_tokens(batch.z, batch.coefficients)
    monkeypatch.setattr(task.model, "whitened", lambda *_: task.model.from_tokens(batch.z, tokens))
    terms = {name: float(value.detach()) for name, value in task.losses(batch).items()}
    assert terms["coefficients"] == pytest.approx(1e-3, abs=2e-4)  # as soft as it is at zero
    assert terms["potential"] < 1e-3 and terms["dipole"] < 0.01 and terms["density"] < 0.02
    metrics = task.metrics(batch)
    assert float(metrics["deformation_percent"].mean()) < 15


def test_scales_are_those_of_the_molecules(molecules):
    task, data = made(molecules)
    model, basis = task.model, task.model.basis
    tokens = model.from_tokens(data.z, basis.to_tokens(data.z, data.coefficients))
    carbon = basis.elements.index(6)
    own = tokens[data.z == 6]
    torch.testing.assert_close(model.shift[carbon], own[:, 0].mean(0), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(model.scale[carbon, 1], own[:, 1:4].square().mean((0, 1)).sqrt(), rtol=1e-4, atol=1e-6)


def test_points_around_molecules(molecules):
    batch = next(iter(DataLoader(molecules, batch_size=3)))
    points, owner = shell_points(batch.z, batch.pos, batch.batch, 200)
    assert bool((owner.diff() >= 0).all()) and 100 < len(points) <= 600
    radius = element_property("vdw_radius", batch.z)
    distance = torch.cdist(points, batch.pos) - radius
    distance[owner[:, None] != batch.batch] = torch.inf
    assert float(distance.min()) > -2e-3 and float(distance.amin(1).max()) < 1.8 + 1e-3


def test_training_lowers_the_loss(molecules, tmp_path):
    settings = {"max_steps": 80, "batch_size": 3, "num_points": 64, "model": SMALL, "learning_rate": 0.03}
    settings["average_weights"] = False
    task, data = made(molecules)
    start = float(task.total(task.losses(task.batches(data, 0).epoch()[0])).detach())
    model = train(ElectronDensityTask(settings), molecules, directory=tmp_path, accelerator="cpu", progress_bar=False)
    task.take(model)
    assert float(task.total(task.losses(task.batches(data, 0).epoch()[0])).detach()) < 0.8 * start


def test_a_model_to_begin_with_keeps_its_scales(molecules, tmp_path):
    model = ElectronDensityMolField(**SMALL)
    model.scale += 3
    scale = copy.deepcopy(model.scale)
    settings = {"max_steps": 1, "batch_size": 2, "num_points": 8}
    trained = train(
        ElectronDensityTask(settings, model), molecules, directory=tmp_path, accelerator="cpu", progress_bar=False
    )
    assert torch.equal(trained.scale, scale)


def test_bad_molecules(molecules):
    kept = [data.clone() for data in molecules]
    lacking = [*kept[:2], kept[2].clone(), *kept[3:]]
    del lacking[2].dipole
    with pytest.raises(ValueError, match="molecule 2 has no 'dipole'"):
        DensityTable(lacking)
    kept[1].coefficients = kept[1].coefficients[:-1]
    with pytest.raises(ValueError, match="molecule 1 has coefficients of shape"):
        DensityTable(kept)
