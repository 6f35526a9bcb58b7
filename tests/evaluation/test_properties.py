import pytest
import torch

from torch_molfield.evaluation.properties import magnitude, mean_errors, predict_properties, predict_references


def test_magnitude():
    assert torch.equal(magnitude(torch.tensor([-2.0, 3.0])), torch.tensor([2.0, 3.0]))
    torch.testing.assert_close(magnitude(torch.tensor([[3.0, 4.0, 0.0]])), torch.tensor([5.0]))
    torch.testing.assert_close(magnitude(torch.eye(3)[None]), torch.tensor([3.0**0.5]))
    zero = torch.zeros(1, 3, requires_grad=True)
    magnitude(zero).sum().backward()
    assert torch.equal(zero.grad, torch.zeros(1, 3))


def test_predictions_are_in_the_order_of_the_molecules(labelled):
    frames, packed, model = labelled
    found = predict_properties(model, packed, batch_size=5)
    with torch.no_grad():
        alone = [model(m.z, m.pos) for m in frames]
    for name in found:
        torch.testing.assert_close(found[name], torch.cat([p[name] for p in alone]), rtol=1e-6, atol=1e-6)


def test_errors_are_means_over_molecules(labelled):
    _, packed, model = labelled
    found = predict_properties(model, packed)
    errors = mean_errors(found, packed.rows)
    assert errors["energy"] == pytest.approx(float((found["energy"] - packed.rows["energy"]).abs().mean()))
    assert errors["dipole"] == pytest.approx(float((found["dipole"] - packed.rows["dipole"]).norm(dim=1).mean()))


def test_references_know_the_elements_but_no_geometry(labelled):
    _, packed, model = labelled
    found = predict_references(model, packed)
    assert torch.equal(found["dipole"], torch.zeros(12, 3, dtype=torch.float64))
    assert found["energy"][:6].std() < 1e-9
    errors = mean_errors(found, packed.rows)
    assert errors["energy"] < 0.01 * float(packed.rows["energy"].abs().mean())
