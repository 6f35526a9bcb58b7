import pytest
import torch

from torch_molfield.data import from_smiles
from torch_molfield.geometry.packed import PackedMolecules
from torch_molfield.models import QuantumDeepField
from torch_molfield.training import QDFTraining
from torch_molfield.training.batches.molecules import MoleculeBatches
from torch_molfield.training.tasks.qdf import POTENTIAL_EVERY, EachTwice, QDFTask, TrainingPoints


@pytest.fixture(scope="module")
def packed():
    found = PackedMolecules([from_smiles(text) for text in ("O", "C", "CO", "N")])
    found.rows = {"atomization": torch.tensor([-10.0, -17.0, -21.0, -12.0], dtype=torch.float64)}
    return found


def task(mode, step=0, **settings):
    torch.manual_seed(0)
    model = QuantumDeepField(mode, (1, 6, 7, 8), width=8, layers=1)
    made = QDFTask(QDFTraining(mode=mode, max_steps=10, **settings), model)
    type(made).global_step = property(lambda self: self.at)
    made.at = step
    return made


@pytest.fixture(autouse=True)
def _steps(monkeypatch):
    monkeypatch.setattr(QDFTask, "global_step", None, raising=False)


def test_batches_come_twice(packed):
    once, twice = MoleculeBatches(packed, 2, seed=3), EachTwice(packed, 2, seed=3)
    for step in range(6):
        assert torch.equal(twice[step].pos, once[step // 2].pos)


def test_faithful_steps_alternate(packed):
    made, batch = task("faithful"), MoleculeBatches(packed, 4, seed=0)[0]
    first = made.losses(batch)
    error = made.model(batch.z, batch.pos, batch.batch) - batch.atomization
    assert list(first) == ["energy"]
    torch.testing.assert_close(first["energy"], error.square().mean().float())
    made.at = 1
    second = made.losses(batch)
    assert second["potential"].requires_grad and not second["energy"].requires_grad
    second["potential"].backward()
    assert made.model.potential.out.weight.grad is not None
    assert made.model.functional.out.weight.grad is None


def test_quadrature_learns_from_scaled_errors_and_now_and_then_from_the_potential(packed):
    made, batch = task("quadrature", potential_weight=0.5), MoleculeBatches(packed, 4, seed=0)[0]
    with torch.no_grad():
        made.model.references.scale.fill_(2.0)
    assert made.weights == {"potential": 0.5}
    terms = made.losses(batch)
    error = made.model(batch.z, batch.pos, batch.batch) - batch.atomization
    # W is zero at the start, so that points do not matter
    torch.testing.assert_close(terms["energy"], (error.abs() / 2).mean().float())
    made.at = POTENTIAL_EVERY - 1
    assert set(made.losses(batch)) == {"energy", "potential"}
    without = task("quadrature", POTENTIAL_EVERY - 1, potential_weight=0.0)
    assert set(without.losses(batch)) == {"energy"}


def test_the_published_rate_halves():
    made = task("faithful", halve_every=3)
    made.epoch_steps = 10
    found = made.configure_optimizers()
    factor = found["lr_scheduler"]["scheduler"].lr_lambdas[0]
    assert [factor(step) for step in (0, 29, 30, 60)] == [1, 1, 0.5, 0.25]
    assert isinstance(found["optimizer"], torch.optim.Adam)


def test_points_change():
    torch.manual_seed(0)
    points = TrainingPoints(stretch=0.01)
    first, second, late = (points.draw(progress) for progress in (0.0, 0.49, 0.5))
    assert first.local.shape == second.local.shape
    assert len(first.local) < 5 * 14 < len(late.local) < 7 * 26
    assert float((first.local - second.local).abs().max()) > 1e-4
    assert float(first.local.norm(dim=1).max()) < 3.0 * 1.15
