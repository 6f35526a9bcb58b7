import csv

import pytest
import torch

from torch_molfield.data import BundledTrajectories
from torch_molfield.evaluation.forces import force_errors, predict_forces
from torch_molfield.models import EnergyMolField
from torch_molfield.training import ForceFieldTraining, train
from torch_molfield.training.batches.molecules import MoleculeBatches
from torch_molfield.training.tasks.forces import ForceFieldTask, pack_labelled


def test_losses_by_hand():
    packed = pack_labelled(list(BundledTrajectories("water_dimer")[:4]))
    torch.manual_seed(0)
    model = EnergyMolField(width=8, vectors=2, radial=4, sources=4)
    model.measure(packed.z, torch.arange(4).repeat_interleave(6), packed.rows["energy"], packed.atom_rows["forces"])
    torch.nn.init.normal_(model.head[-1].weight)
    batch = MoleculeBatches(packed, 4, seed=0)[0]
    terms = ForceFieldTask(ForceFieldTraining(max_steps=1), model).losses(batch)
    told = model.forces(batch.z, batch.pos, batch.batch)
    scale = batch.forces.double().square().mean().sqrt()
    errors = (told["forces"] - batch.forces).norm(dim=1)
    torch.testing.assert_close(terms["forces"].double(), errors.mean().double() / scale, rtol=1e-4, atol=0)
    energy = (told["energy"] - batch.energy).abs().mean() / 6**0.5
    torch.testing.assert_close(terms["energy"].double(), energy / scale, rtol=1e-4, atol=0)
    assert set(terms) == {"forces", "energy"}


def test_metrics_of_a_validation_are_those_of_an_evaluation(tmp_path):
    """Of molecules of several sizes, in batches of other numbers of atoms."""
    frames = [frame for name in ("water_dimer", "ethanol") for frame in list(BundledTrajectories(name)[:4])]
    settings = {"max_steps": 3, "batch_size": 3, "model": {"width": 8, "vectors": 2, "radial": 4, "sources": 4}}
    options = {"directory": tmp_path, "accelerator": "cpu", "progress_bar": False}
    model = train(ForceFieldTask(settings), frames, frames, **options)
    with (tmp_path / "log" / "metrics.csv").open() as file:
        row = list(csv.DictReader(file))[-1]
    packed = pack_labelled(frames)
    errors = force_errors(predict_forces(model, packed), packed)
    assert float(row["val_mae_forces"]) == pytest.approx(errors["forces"], rel=1e-4)
    assert float(row["val_mae_energy"]) == pytest.approx(errors["energy"], rel=1e-4)
