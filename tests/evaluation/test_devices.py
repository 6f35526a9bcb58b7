"""Evaluation gives the same on every device, with molecules on the CPU."""

from __future__ import annotations

import copy

import pytest
import torch

from torch_molfield.data import from_smiles
from torch_molfield.evaluation.densities import density_psnr, evaluate_densities
from torch_molfield.evaluation.fields import decoded_psnr, grid_psnr, path_smoothness
from torch_molfield.evaluation.forces import predict_forces
from torch_molfield.evaluation.properties import predict_properties, predict_references
from torch_molfield.evaluation.surfaces import evaluate_surfaces
from torch_molfield.fields import GaussianField, SignedDistanceField
from torch_molfield.fields.targets import molecule_target
from torch_molfield.geometry.packed import PackedMolecules
from torch_molfield.models import EnergyMolField, GraphNeuralField, GridNeuralField, MolecularNeuralField, MolField

SMALL = {"hidden": 8, "depth": 2, "num_frequencies": 32, "width": 8, "vectors": 2, "heads": 2, "trunk_layers": 1}
ELEMENTS = ("H", "C", "O")
LATENT = {"channels": ELEMENTS, "half_width": 5.0, "network": {"latent": 6, "hidden": 8, "depth": 2}}


def same(found, expected):
    assert found.keys() == expected.keys()
    for name, rows in expected.items():
        assert rows.device.type == found[name].device.type == "cpu"
        torch.testing.assert_close(found[name], rows, atol=1e-5, rtol=1e-4)


@pytest.fixture
def densities():
    torch.manual_seed(0)
    return MolField(ELEMENTS, "", elements=[1, 6, 8], **SMALL).eval(), GaussianField(channels=ELEMENTS, sigma=0.45)


def test_surfaces(other_device, molecules):
    model, field = MolField.from_pretrained("md-surfaces"), SignedDistanceField("ses")
    settings = {"spacing": 0.6, "samples": 200, "batch_size": 2}
    expected = list(evaluate_surfaces(model, field, molecules[:2], **settings))
    found = list(evaluate_surfaces(copy.deepcopy(model).to(other_device), field, molecules[:2], **settings))
    for one, two in zip(found, expected, strict=True):
        assert one.comparison.as_dict() == pytest.approx(two.comparison.as_dict(), rel=1e-3, abs=1e-4)
        points = one.data.pos[:3] + 0.3
        torch.testing.assert_close(one.learned_distance(points), two.learned_distance(points), atol=1e-4, rtol=0)


def test_densities(other_device, densities, molecules):
    model, field = densities
    expected = density_psnr(model, field, molecules[:3], num_points=64)
    per_molecule = list(evaluate_densities(model, field, molecules[4:6], [1, 6, 8], spacing=0.6))
    model.to(other_device)
    torch.testing.assert_close(density_psnr(model, field, molecules[:3], num_points=64), expected)
    assert list(evaluate_densities(model, field, molecules[4:6], [1, 6, 8], spacing=0.6)) == per_molecule


def test_atoms_of_exact_densities(other_device, molecules):
    """Of a model that generates the exact field on its device, all atoms are found."""
    field = GaussianField(channels=("H", "O"), sigma=0.45)

    class Exact(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = MolField(("H", "O"), "", elements=[1, 8], **SMALL).to(other_device)

        def forward(self, z, pos):
            generated = self.model(z, pos)

            class Generated(type(generated)):
                def __call__(inner, points, points_batch=None):
                    return field(points, z, pos)

            return Generated(**generated.__dict__)

    evaluated = list(evaluate_densities(Exact(), field, molecules[4:5], [1, 8]))
    assert evaluated[0].atoms_found
    assert evaluated[0].iou == 1.0


def test_properties(other_device, labelled):
    _, packed, model = labelled
    moved = copy.deepcopy(model).to(other_device)
    same(predict_properties(moved, packed, 5), predict_properties(model, packed, 5))
    same(predict_references(moved, packed), predict_references(model, packed))


def test_forces(other_device, molecules):
    torch.manual_seed(0)
    model = EnergyMolField(width=8, vectors=2, radial=4, sources=4, charges=True).eval()
    torch.nn.init.normal_(model.head[-1].weight)
    packed = PackedMolecules(molecules)
    expected = predict_forces(model, packed, 4)
    same(predict_forces(model.to(other_device), packed, 4), expected)


def test_fitted_fields(other_device):
    torch.manual_seed(0)
    data = from_smiles("CCO")
    target = molecule_target(GaussianField(channels=ELEMENTS), data.z, data.pos)
    models = [
        MolecularNeuralField(**LATENT, shapes=2).eval(),
        GridNeuralField(**LATENT, grid=8).eval(),
        GraphNeuralField(**LATENT, field={**SMALL, "elements": [1, 6, 8], "token_layers": 1}).eval(),
    ]

    def figures():
        codes, *encoders = models
        path = [codes.shape(k) for k in range(2)]
        return [
            grid_psnr(path[0], target, 6),
            path_smoothness(path, 6),
            *(decoded_psnr(encoder, target, 6) for encoder in encoders),
        ]

    expected = figures()
    for model in models:
        model.to(other_device)
    assert figures() == pytest.approx(expected, rel=1e-4)
