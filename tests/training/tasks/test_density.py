import csv

import pytest
import torch

from torch_molfield.data import MolFieldData
from torch_molfield.evaluation.densities import density_psnr, evaluate_densities
from torch_molfield.fields import FIELDS, Field
from torch_molfield.models import MolField
from torch_molfield.testing.molecules import alkane
from torch_molfield.training import DensityTraining
from torch_molfield.training.tasks.density import density_field, train_density

SMALL = {"hidden": 8, "depth": 2, "num_frequencies": 32, "width": 8, "vectors": 2, "heads": 2, "trunk_layers": 1}


def training(**changes):
    base = {"max_steps": 4, "batch_size": 4, "num_points": 32, "checkpoint_every_seconds": 0.0, "model": dict(SMALL)}
    return DensityTraining.from_dict({**base, **changes})


def train(settings, molecules, folder, **options):
    return train_density(settings, molecules, folder, progress_bar=False, accelerator="cpu", **options)


def test_training_learns_and_leaves_a_model(molecules, tmp_path):
    model = train(training(max_steps=120, checkpoint_every_seconds=60.0), molecules, tmp_path)
    with (tmp_path / "log" / "metrics.csv").open() as file:
        losses = [float(row["density"]) for row in csv.DictReader(file)]
    assert losses[-1] < 0.5 * losses[0]
    assert model.channels == ("H", "C", "N", "O")
    again = MolField.from_pretrained(tmp_path).state_dict()
    assert all(torch.equal(value, again[name]) for name, value in model.state_dict().items())


@pytest.mark.parametrize(
    ("density", "channels"), [("occupancy", ("H", "C", "N", "O")), ("promolecular", ("electron_density",))]
)
def test_other_densities(density, channels, molecules, tmp_path):
    assert train(training(density=density), molecules, tmp_path).channels == channels


def test_charges_are_learned_too(molecules, tmp_path):
    with pytest.raises(ValueError, match="molecule 0 has no attribute 'charges'"):
        train(training(charges=True), molecules, tmp_path / "none")
    for molecule in molecules:
        molecule.charges = torch.zeros(len(molecule.z))
    molecules[1].charges = torch.zeros(1)
    with pytest.raises(ValueError, match=r"molecule 1: 'charges' has shape \[1\], and its first length must be"):
        train(training(charges=True), molecules, tmp_path / "none")
    molecules[1].charges = torch.zeros(len(molecules[1].z))
    model = train(training(charges=True), molecules, tmp_path / "charged")
    assert model.channels == ("H", "C", "N", "O", "charge")
    assert model.units == "1, 1, 1, 1, e"
    exact = density_field(training(), [1, 6, 7, 8])
    assert bool(density_psnr(model, exact, molecules, num_points=32).isfinite().all())
    list(evaluate_densities(model, exact, molecules[-1:], [1, 6, 7, 8], spacing=0.5))


def test_a_registered_field_is_learned_by_its_name(molecules, tmp_path, monkeypatch):
    class Near(Field):
        channels = ("near",)

        def evaluate(self, points, points_batch, z, pos, batch, state):
            near = torch.exp(-torch.cdist(points, pos).square()) * (points_batch[:, None] == batch)
            return near.sum(1, keepdim=True)

    monkeypatch.setitem(FIELDS._classes, "near", Near)
    assert train(training(density="near"), molecules, tmp_path).channels == ("near",)


def test_molecules_of_any_extent(tmp_path):
    z, pos = alkane(40)
    chain = MolFieldData(z=z, pos=pos.float())
    model = train(training(max_steps=1), [chain], tmp_path / "a")
    assert torch.isfinite(model(chain.z, chain.pos)(chain.pos[:3])).all()
    with pytest.raises(ValueError, match=r"molecule 0 reaches 25\.7 Å.*max_radius of the model is 20 Å"):
        train(training(model={**SMALL, "max_radius": 20.0}), [chain], tmp_path / "b")


def test_bad_settings():
    with pytest.raises(ValueError, match="density 'electron' is unknown; choose one of .*gaussian"):
        training(density="electron")
    with pytest.raises(ValueError, match="width must be a number above 0"):
        training(width=0)
    with pytest.raises(ValueError, match="masked must be a share of the atoms"):
        training(masked=1.0)
    with pytest.raises(ValueError, match="unknown configuration key 'sigma'"):
        training(sigma=1.0)
