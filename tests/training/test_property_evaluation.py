import pytest
import torch

from torch_molfield.data import BundledTrajectories
from torch_molfield.models import PropertyMolField
from torch_molfield.training import mean_errors, predict_properties
from torch_molfield.training.packed import PackedMolecules
from torch_molfield.training.property_evaluation import magnitude, predict_references
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


def test_magnitude():
    assert torch.equal(magnitude(torch.tensor([-2.0, 3.0])), torch.tensor([2.0, 3.0]))
    torch.testing.assert_close(magnitude(torch.tensor([[3.0, 4.0, 0.0]])), torch.tensor([5.0]))
    torch.testing.assert_close(magnitude(torch.eye(3)[None]), torch.tensor([3.0**0.5]))
    zero = torch.zeros(1, 3, requires_grad=True)
    magnitude(zero).sum().backward()
    assert torch.equal(zero.grad, torch.zeros(1, 3))


def test_predictions_are_in_the_order_of_the_molecules(frames, labelled):
    packed, model = labelled
    found = predict_properties(model, packed, batch_size=5)
    with torch.no_grad():
        alone = [model(m.z, m.pos) for m in frames]
    for name in TARGETS:
        torch.testing.assert_close(found[name], torch.cat([p[name] for p in alone]), rtol=1e-6, atol=1e-6)


def test_errors_are_means_over_molecules(labelled):
    packed, model = labelled
    found = predict_properties(model, packed)
    errors = mean_errors(found, packed.rows)
    assert errors["energy"] == pytest.approx(float((found["energy"] - packed.rows["energy"]).abs().mean()))
    assert errors["dipole"] == pytest.approx(float((found["dipole"] - packed.rows["dipole"]).norm(dim=1).mean()))


def test_references_know_the_elements_but_no_geometry(labelled):
    packed, model = labelled
    found = predict_references(model, packed)
    assert torch.equal(found["dipole"], torch.zeros(12, 3, dtype=torch.float64))
    assert found["energy"][:6].std() < 1e-9
    errors = mean_errors(found, packed.rows)
    assert errors["energy"] < 0.01 * float(packed.rows["energy"].abs().mean())
