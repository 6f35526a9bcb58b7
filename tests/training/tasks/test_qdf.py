import csv

import pytest
import torch

from torch_molfield.data import BundledTrajectories
from torch_molfield.evaluation.properties import predict_properties
from torch_molfield.geometry.packed import PackedMolecules
from torch_molfield.models import QuantumDeepField
from torch_molfield.training import QDFTraining, train_qdf


@pytest.fixture(scope="module")
def frames():
    names = ("ethanol", "malonaldehyde", "water_dimer", "glycine", "benzene", "cyclohexane")
    return [frame for name in names for frame in list(BundledTrajectories(name).split("train")[:2])]


def training(**changes):
    base = {"targets": ("energy",), "max_steps": 4, "model": {"width": 8, "layers": 1}}
    return QDFTraining.from_dict({**base, **changes})


def train(settings, molecules, folder, **options):
    return train_qdf(settings, molecules, folder, progress_bar=False, accelerator="cpu", **options)


def energies(folder):
    with (folder / "log" / "metrics.csv").open() as file:
        return [float(row["energy"]) for row in csv.DictReader(file)]


def test_quadrature_training_learns_and_leaves_a_model(frames, tmp_path):
    settings = training(max_steps=160, learning_rate=1e-2, batch_size=12)
    model = train(settings, frames, tmp_path)
    losses = energies(tmp_path)
    assert losses[-1] < 0.6 * losses[0]
    again = QuantumDeepField.from_pretrained(tmp_path)
    packed = PackedMolecules(frames)
    found = predict_properties(again, packed, batch_size=7)["energy"]
    torch.testing.assert_close(found, predict_properties(model, packed)["energy"])
    assert again.config["mode"] == "quadrature" and again.config["elements"] == [1, 6, 7, 8]


def test_faithful_training_is_the_published_one(frames, tmp_path):
    """Step for step the same as a plain loop."""
    train(training(mode="faithful", max_steps=6, learning_rate=1e-3), frames, tmp_path)
    trained = QuantumDeepField.from_pretrained(tmp_path)
    from lightning import seed_everything

    from torch_molfield.data.properties import find_targets, target_values
    from torch_molfield.training.batches.molecules import MoleculeBatches

    seed_everything(0, verbose=False)
    model = QuantumDeepField("faithful", trained.config["elements"], find_targets(["energy"]), width=8, layers=1)
    packed = PackedMolecules(frames)
    packed.rows = target_values(frames, model.targets)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for step in range(3):
        batch = MoleculeBatches(packed, 4, seed=0)[step]
        for potential in (False, True):
            optimizer.zero_grad()
            if potential:
                found = [model.potential_error(block) for block in model.blocks(batch.z, batch.pos, batch.batch)]
                loss = sum(f[0].sum() for f in found) / sum(f[1].sum() for f in found)
            else:
                loss = (model(batch.z, batch.pos, batch.batch) - batch.energy).square().mean()
            loss.backward()
            optimizer.step()
    for name, tensor in model.state_dict().items():
        torch.testing.assert_close(trained.state_dict()[name], tensor)


def test_two_outputs(frames, tmp_path):
    for frame in frames:
        frame.homo, frame.lumo = torch.tensor([-6.0]), torch.tensor([1.0 + 0.01 * len(frame.z)])
    model = train(training(targets=("homo", "lumo")), frames, tmp_path)
    assert model(frames[0].z, frames[0].pos).shape == (1, 2)
    assert list(predict_properties(model, PackedMolecules(frames))) == ["homo", "lumo"]


def test_bad_settings(frames, tmp_path):
    with pytest.raises(ValueError, match="mode 'exact' is unknown"):
        training(mode="exact")
    with pytest.raises(ValueError, match="points: unknown configuration key 'radii'"):
        training(points={"radii": 3})
    with pytest.raises(ValueError, match="unknown configuration key 'depth'"):
        training(model={"depth": 3})
    with pytest.raises(ValueError, match="there is no target"):
        training(targets=("heat",))
    with pytest.raises(ValueError, match="molecule 0 has no 'atomization'"):
        train(training(targets=("atomization",)), frames, tmp_path)
