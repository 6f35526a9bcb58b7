import csv

import pytest
import torch

from torch_molfield.evaluation.properties import mean_errors, predict_properties
from torch_molfield.training import PropertyTraining, train
from torch_molfield.training.batches.molecules import MoleculeBatches
from torch_molfield.training.tasks.property import PropertyTask


def training():
    return PropertyTraining(targets=("energy", "dipole"), max_steps=1)


def test_losses_are_errors_over_scales(labelled):
    _, packed, model = labelled
    batch = MoleculeBatches(packed, 12, seed=0)[0]
    with torch.no_grad():
        terms = PropertyTask(training(), model).losses(batch)
    errors = mean_errors(predict_properties(model, packed), packed.rows)
    for name, scale in zip(terms, model.references.scale, strict=True):
        assert float(terms[name]) == pytest.approx(errors[name] / float(scale), rel=1e-5)


def test_every_target_counts_the_same(labelled):
    assert PropertyTask(training(), labelled[2]).weights == {"energy": 0.5, "dipole": 0.5}


def test_metrics_of_a_validation_are_those_of_an_evaluation(labelled, tmp_path):
    frames, packed, _ = labelled
    small = {"hidden": 8, "depth": 2, "num_frequencies": 16, "width": 8, "vectors": 2, "heads": 2}
    settings = {"targets": ["energy", "dipole"], "max_steps": 3, "batch_size": 5, "model": small}
    options = {"directory": tmp_path, "accelerator": "cpu", "progress_bar": False}
    model = train(PropertyTask(settings), frames, frames, **options)
    with (tmp_path / "log" / "metrics.csv").open() as file:
        row = list(csv.DictReader(file))[-1]
    for name, error in mean_errors(predict_properties(model, packed), packed.rows).items():
        assert float(row[f"val_mae_{name}"]) == pytest.approx(error, rel=1e-4)
