import numpy as np
import pytest
import torch
from ase.build import molecule

from torch_molfield.calculators.density_properties import PROPERTIES, DensityProperties
from torch_molfield.models import ElectronDensityMolField, EnergyMolField

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def properties():
    torch.manual_seed(0)
    return DensityProperties(ElectronDensityMolField(width=8, tensors=4, layers=2, radial=4, sources=2), CPU)


@pytest.mark.parametrize("charge", [0, 2])
def test_charges_come_to_the_total_and_the_dipole_is_about_the_centroid(properties, charge):
    water = molecule("H2O")
    water.info["charge"] = charge
    found = properties(water)
    assert tuple(found) == PROPERTIES
    assert found["charges"].sum() == pytest.approx(charge, abs=1e-4)
    water.translate([3.0, -2.0, 1.0])
    np.testing.assert_allclose(properties(water)["dipole"], found["dipole"], atol=1e-4)


def test_the_dipole_of_an_ion_is_moved_to_the_centroid(properties):
    water = molecule("H2O")
    water.info["charge"] = 2
    pos = torch.as_tensor(water.positions, dtype=torch.float32)
    density = properties.model(torch.as_tensor(water.numbers), pos, charge=torch.tensor([2.0]))
    nuclei = np.average(water.positions, axis=0, weights=water.numbers)
    expected = density.dipole[0].detach().numpy() + 2 * (nuclei - water.positions.mean(0))
    np.testing.assert_allclose(properties(water)["dipole"], expected, atol=1e-4)


def test_another_kind_of_model_is_refused():
    with pytest.raises(ValueError, match="density is EnergyMolField, not a model of electron densities; give"):
        DensityProperties(EnergyMolField(width=8, vectors=2, layers=1), CPU)


def test_an_odd_number_of_electrons_is_refused(properties):
    water = molecule("H2O")
    water.info["charge"] = 1
    with pytest.raises(ValueError, match="9 electrons"):
        properties(water)
