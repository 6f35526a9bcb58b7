import pytest
import torch

from torch_molfield.fields import SignedDistanceField
from torch_molfield.models import MolField
from torch_molfield.training import SurfaceTask, SurfaceTraining
from torch_molfield.training.batches.surfaces import SurfaceBatches

SMALL = {"hidden": 8, "depth": 2, "num_frequencies": 16, "width": 8, "vectors": 2, "heads": 2, "trunk_layers": 1}


@pytest.fixture
def batch(molecules):
    return SurfaceBatches(molecules, SignedDistanceField("vdw"), 3, 20, seed=0)[0]


def make(**options):
    torch.manual_seed(0)
    return SurfaceTask(SurfaceTraining(max_steps=10, **options), MolField(**SMALL).eval())


def test_terms_are_the_losses_of_the_field(batch):
    task = make(eikonal_weight=0.1, normal_weight=1.0, gradient_share=1.0)
    terms = task.losses(batch)
    exact, field = batch.field_values[:, 0], task.model(batch.z, batch.pos, batch.batch)
    slope = field.gradient(batch.points, batch.points_batch)[:, 0]
    error = (field(batch.points, batch.points_batch)[:, 0] - exact).abs()
    near = 1 / (1 + 2 * exact.abs())
    torch.testing.assert_close(terms["distance"], (error * near).mean())
    torch.testing.assert_close(terms["eikonal"], (slope.norm(dim=1) - 1).square().mean())
    torch.testing.assert_close(terms["normal"], ((slope - batch.field_gradients[:, 0]).norm(dim=1) * near).mean())


def test_a_weight_of_zero_leaves_a_term_out(batch):
    assert set(make(eikonal_weight=0.0, normal_weight=0.0).losses(batch)) == {"distance"}


def test_all_weights_learn_from_all_terms(batch):
    task = make(eikonal_weight=0.1, normal_weight=1.0)
    for name in ("distance", "eikonal", "normal"):
        task.zero_grad()
        task.losses(batch)[name].backward()
        missing = [parameter for parameter, p in task.model.named_parameters() if p.grad is None]
        # The bias of the last layer has no gradient in space.
        assert missing == ([] if name == "distance" else ["encoder.hyper.base.5"])
        for parameter, p in task.model.named_parameters():
            assert p.grad is None or bool(torch.isfinite(p.grad).all()), (name, parameter)


def test_a_model_of_something_else_is_refused():
    with pytest.raises(ValueError, match=r"channels .*; surfaces need"):
        SurfaceTask(SurfaceTraining(max_steps=1), MolField(("density",), **SMALL))
