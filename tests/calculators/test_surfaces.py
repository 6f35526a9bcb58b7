import numpy as np
import pytest
import torch

from torch_molfield.calculators import MolFieldCalculator
from torch_molfield.fields import GaussianField
from torch_molfield.models import MolField


@pytest.fixture(scope="module")
def field():
    return MolField.from_pretrained("md-surfaces")


def test_learned_and_exact_surfaces_agree(model, field, ethanol):
    calc = MolFieldCalculator(model, field=field)
    learned, exact = (calc.get_surface(ethanol, kind, spacing=0.3) for kind in ("learned", "ses"))
    assert learned.is_watertight and exact.is_watertight
    assert learned.area == pytest.approx(exact.area, rel=0.01)
    assert learned.volume == pytest.approx(exact.volume, rel=0.01)
    points = np.random.default_rng(0).normal(size=(50, 3)) * 2
    told, true = (calc.get_field(ethanol, points, kind) for kind in ("learned", "ses"))
    near = np.abs(true) < 0.5
    assert near.sum() > 5
    assert np.abs(told - true)[near].mean() < 0.03


def test_nothing_far_from_the_molecule_is_inside(model, field, ethanol):
    points = np.random.default_rng(0).normal(size=(4000, 3))
    points *= np.linspace(8, 40, 4000)[:, None] / np.linalg.norm(points, axis=1, keepdims=True)
    assert MolFieldCalculator(model, field=field).get_field(ethanol, points).min() > 0


def test_a_molecule_far_from_the_origin(model, field, ethanol):
    calc, shift = MolFieldCalculator(model, field=field), 5000.0
    points = ethanol.positions[:3] + 1.5
    near = calc.get_field(ethanol, points)
    ethanol.positions += shift
    np.testing.assert_allclose(calc.get_field(ethanol, points + shift), near, atol=1e-5)
    volume = calc.get_surface(ethanol, "learned", 0.4).volume
    ethanol.positions -= shift
    assert volume == pytest.approx(calc.get_surface(ethanol, "learned", 0.4).volume, rel=1e-6)


def test_the_atoms_of_the_last_calculation(model, ethanol):
    calc = MolFieldCalculator(model, dtype=torch.float64)
    with pytest.raises(ValueError, match="there are no atoms yet"):
        calc.get_surface()
    ethanol.calc = calc
    ethanol.get_potential_energy()
    assert calc.get_surface(kind="vdw", spacing=0.4).area == calc.get_surface(ethanol, "vdw", 0.4).area
    assert calc.get_surface(kind="sas", spacing=0.4).area > calc.get_surface(kind="vdw", spacing=0.4).area


def test_any_closed_form_field_around_the_atoms(model, ethanol):
    calc, points = MolFieldCalculator(model), np.random.default_rng(0).normal(size=(5, 3))
    field = GaussianField(channels=("H", "C", "O"))
    z, pos = torch.tensor(ethanol.numbers), torch.tensor(ethanol.positions)
    found = calc.get_field(ethanol, points, field)
    np.testing.assert_allclose(found, field(torch.tensor(points), z, pos).numpy(), rtol=1e-5)
    grid = field.bind(z, pos).to_grid(0.5)
    np.testing.assert_allclose(calc.get_field(ethanol, points, grid), grid(torch.tensor(points)).numpy(), rtol=1e-5)


def test_bad_requests(model, ethanol):
    calc = MolFieldCalculator(model)
    with pytest.raises(ValueError, match="this calculator has no field"):
        calc.get_surface(ethanol, "learned")
    with pytest.raises(ValueError, match="kind 'solvent' is unknown"):
        calc.get_surface(ethanol, "solvent")
    density = MolFieldCalculator(model, field=MolField(("H",), "", hidden=8, depth=2, num_frequencies=8))
    with pytest.raises(ValueError, match="not a distance"):
        density.get_surface(ethanol, "learned")
