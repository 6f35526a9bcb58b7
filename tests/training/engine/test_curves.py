import pytest

from torch_molfield.data import from_smiles
from torch_molfield.fields import SignedDistanceField
from torch_molfield.training import SurfaceTraining, train_surface
from torch_molfield.training.engine.curves import TrainingCurves

TINY = {"hidden": 16, "depth": 2, "width": 16, "num_frequencies": 32, "vectors": 4, "heads": 2, "groups": 2}


def test_curves_fall_over_a_training(tmp_path):
    water = from_smiles("O")
    curves = TrainingCurves([water], SignedDistanceField("vdw"), seconds=0.0)
    settings = SurfaceTraining(
        surface="vdw", max_steps=60, batch_size=2, num_points=128, workers=0, learning_rate=3e-3, model=TINY
    )
    train_surface(settings, [water], tmp_path, callbacks=[curves], progress_bar=False, accelerator="cpu")
    minutes = [point.minutes for point in curves.points]
    assert len(minutes) == 61  # every step, and the end
    assert minutes == sorted(minutes)
    assert curves.points[-1].error < 0.5 * curves.points[0].error
    assert curves.points[-1].loss < curves.points[0].loss


def test_records_are_apart(tmp_path):
    water = from_smiles("O")
    curves = TrainingCurves([water, water], SignedDistanceField("vdw"), seconds=1e6)
    settings = SurfaceTraining(max_steps=3, batch_size=1, num_points=32, workers=0, model=TINY)
    train_surface(settings, [water], tmp_path, callbacks=[curves], progress_bar=False, accelerator="cpu")
    assert len(curves.points) == 2
    assert curves.points[0].minutes == pytest.approx(0.0, abs=0.1)
