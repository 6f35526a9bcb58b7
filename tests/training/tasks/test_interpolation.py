import pytest
import torch

from torch_molfield.data import BundledTrajectories
from torch_molfield.models import InterpolatedMolField, MolField
from torch_molfield.nn.dynamics.bridge import cubic_weights
from torch_molfield.training import InterpolationTraining, train_interpolation
from torch_molfield.training.batches.gaps import TrajectoryGaps
from torch_molfield.training.batches.windows import trajectories_of

FIELD = {"hidden": 8, "depth": 2, "num_frequencies": 16, "width": 8, "vectors": 2, "heads": 2, "trunk_layers": 1}


def test_it_learns_to_be_better_than_the_cubic(tmp_path):
    dimer = BundledTrajectories("water_dimer")
    trajectories = trajectories_of(dimer.split("train"))
    shape = {"width": 32, "vectors": 8, "layers": 2, "workers": 0}
    settings = InterpolationTraining(**shape, max_steps=300, learning_rate=5e-3)
    before = MolField(**FIELD)
    model = train_interpolation(settings, trajectories, before, tmp_path, accelerator="cpu", progress_bar=False)
    other = trajectories_of(dimer.split("conformers"))
    batch = TrajectoryGaps(other, 5, 64, seed=99)[0]
    with torch.no_grad():
        found = model.passage(batch.z, batch.knots, batch.batch).at(batch.share)
    cubic = cubic_weights(batch.share)[batch.batch] @ batch.knots
    errors = [float((x - batch.later).norm(dim=-1).mean()) for x in (found, cubic)]
    assert errors[0] < 0.8 * errors[1]
    assert torch.equal(InterpolatedMolField.from_pretrained(tmp_path).bridge.head.weight, model.bridge.head.weight)
    assert all(torch.equal(value, model.field.state_dict()[name]) for name, value in before.state_dict().items())


def test_settings_out_of_range():
    with pytest.raises(ValueError, match="batch_size must be a whole number of at least 1"):
        InterpolationTraining(batch_size=0)
