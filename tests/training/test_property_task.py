import pytest
import torch

from torch_molfield.data import BundledTrajectories
from torch_molfield.models import PropertyMolField
from torch_molfield.training import PropertyTask, mean_errors, predict_properties
from torch_molfield.training.molecule_batches import MoleculeBatches
from torch_molfield.training.packed import PackedMolecules
from torch_molfield.training.targets import find_targets, target_values

SMALL = {"hidden": 8, "depth": 2, "num_frequencies": 16, "width": 16, "vectors": 4, "heads": 2, "trunk_layers": 1}
TARGETS = ["energy", "dipole"]


@pytest.fixture(scope="module")
def frames():
    return [
        frame for name in ("ethanol", "water_dimer") for frame in list(BundledTrajectories(name).split("train"))[:6]
    ]


@pytest.fixture(scope="module")
def labelled(frames):
    packed = PackedMolecules(frames)
    packed.rows = target_values(frames, find_targets(TARGETS))
    model = PropertyMolField(find_targets(TARGETS), width=8, field=SMALL).eval()
    model.references.measure(packed.z, torch.arange(12).repeat_interleave(packed.start.diff()), packed.rows)
    return packed, model


def test_losses_are_errors_over_scales(labelled):
    packed, model = labelled
    batch = MoleculeBatches(packed, 12, seed=0)[0]
    with torch.no_grad():
        terms = PropertyTask(model, max_steps=1).losses(batch)
    errors = mean_errors(predict_properties(model, packed), packed.rows)
    for name, scale in zip(TARGETS, model.references.scale, strict=True):
        assert float(terms[name]) == pytest.approx(errors[name] / float(scale), rel=1e-5)


def test_every_target_counts_the_same(labelled):
    assert PropertyTask(labelled[1], max_steps=1).weights == {"energy": 0.5, "dipole": 0.5}
