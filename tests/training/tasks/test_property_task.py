import pytest
import torch

from torch_molfield.training import PropertyTask, PropertyTraining, mean_errors, predict_properties
from torch_molfield.training.batches.molecules import MoleculeBatches


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
