import numpy as np
import pytest
import torch
from ase import Atoms, units
from ase.calculators.calculator import PropertyNotImplementedError
from ase.calculators.lj import LennardJones
from ase.io import read, write
from ase.md.verlet import VelocityVerlet

from torch_molfield.calculators import (
    FieldCalculator,
    MolFieldCalculator,
    SurfaceFile,
    SurfaceRecorder,
    charge_potential,
)
from torch_molfield.fields import ElectrostaticPotential, GaussianField, PromolecularDensity
from torch_molfield.models import ElectronDensityMolField, EnergyMolField, MolField


@pytest.fixture
def base():
    return LennardJones(rc=6.0, sigma=1.0, epsilon=0.01)


def test_what_the_base_tells_passes_through(base, water, tmp_path):
    plain = water.copy()
    plain.calc = LennardJones(rc=6.0, sigma=1.0, epsilon=0.01)
    water.calc = FieldCalculator(base)
    assert water.get_potential_energy() == plain.get_potential_energy()
    np.testing.assert_array_equal(water.get_forces(), plain.get_forces())
    np.testing.assert_array_equal(water.get_potential_energies(), plain.get_potential_energies())
    with pytest.raises(PropertyNotImplementedError):
        water.get_dipole_moment()
    water.positions[0] += 0.1
    plain.positions[0] += 0.1
    assert water.get_potential_energy() == plain.get_potential_energy()
    water.get_forces()
    write(tmp_path / "water.extxyz", water)
    np.testing.assert_allclose(read(tmp_path / "water.extxyz").get_forces(), plain.get_forces(), atol=1e-7)


def test_each_geometry_is_computed_once(water):
    class Counting(LennardJones):
        calls = 0

        def calculate(self, *arguments, **named):
            self.calls += 1
            super().calculate(*arguments, **named)

    water.calc = FieldCalculator(Counting(rc=6.0))
    for _ in range(2):
        water.get_potential_energy(), water.get_forces()
    assert water.calc.base.calls == 1
    water.calc.reset()
    water.get_forces()
    assert water.calc.base.calls == 2


@pytest.fixture(scope="module")
def densities():
    torch.manual_seed(0)
    made = ElectronDensityMolField(width=8, tensors=4, layers=2)
    torch.nn.init.normal_(made.readout, std=0.02)
    return made.eval()


def test_charges_and_dipole_of_a_density(base, densities, water):
    water.calc = FieldCalculator(base, density=densities)
    assert {"charges", "dipole", "energy"} <= set(water.calc.implemented_properties)
    charges = water.get_charges()
    assert charges.sum() == pytest.approx(0, abs=1e-5)
    z, pos = torch.from_numpy(water.numbers), torch.from_numpy(water.positions)
    expected = densities(z, pos)
    np.testing.assert_allclose(charges, expected.charges.detach(), atol=1e-6)
    np.testing.assert_allclose(water.get_dipole_moment(), expected.dipole[0].detach(), atol=1e-6)
    energy = water.get_potential_energy()
    water.info["charge"] = 2
    assert water.get_charges().sum() == pytest.approx(2, abs=1e-5)
    assert water.get_potential_energy() == energy
    moved = water.copy()
    moved.positions += 5.0
    np.testing.assert_allclose(water.calc.get_dipole_moment(moved), water.get_dipole_moment(), atol=1e-4)
    with pytest.raises(ValueError, match="density is EnergyMolField, not a model of electron densities"):
        FieldCalculator(base, density=EnergyMolField(width=4, vectors=2, layers=1))


def test_the_function_of_a_density_has_the_charge(base, densities, water):
    water.calc = FieldCalculator(base, field=densities)
    water.info["charge"] = -2
    assert float(water.calc.get_function(water).num_electrons) == pytest.approx(22, abs=1e-4)


def test_a_change_that_only_the_base_sees(model, water):
    water.calc = FieldCalculator(MolFieldCalculator(model))
    assert water.get_charges().sum() == pytest.approx(0, abs=1e-6)
    water.info["charge"] = 1
    with pytest.warns(UserWarning, match="charge 1"):
        assert water.get_charges().sum() == pytest.approx(1, abs=1e-6)


def test_surfaces_are_those_of_the_other_calculator(base, model, water):
    ours, other = FieldCalculator(base), MolFieldCalculator(model)
    for kind in ("vdw", "ses"):
        assert ours.get_surface(water, kind, 0.5).area == other.get_surface(water, kind, 0.5).area
    points = np.random.default_rng(0).normal(size=(5, 3)) * 2
    np.testing.assert_array_equal(ours.get_field(water, points, "sas"), other.get_field(water, points, "sas"))


def test_learned_surface_of_any_calculator(base, ethanol):
    calc = FieldCalculator(base, field=MolField.from_pretrained("md-surfaces"))
    learned, exact = (calc.get_surface(ethanol, kind, 0.4) for kind in ("learned", "ses"))
    assert learned.volume == pytest.approx(exact.volume, rel=0.02)


def test_level_surface_grid_and_gradient_of_a_closed_form(base, ethanol):
    calc = FieldCalculator(base, field=PromolecularDensity())
    near, far = (calc.get_surface(ethanol, "field", 0.4, level=level) for level in (0.1, 0.01))
    assert near.is_watertight and 0 < near.volume < far.volume
    function = calc.get_function(ethanol)
    grid = function.to_grid(0.5)
    points = ethanol.positions + 0.3
    exact = calc.get_field(ethanol, points, "field")
    assert exact.shape == (9, 1)
    np.testing.assert_allclose(function(torch.from_numpy(points)), exact)
    assert grid.channels == function.channels and grid.values.dim() == 4
    assert function.gradient(torch.from_numpy(points)).shape == (9, 1, 3)


def test_a_channel_is_chosen_by_name(base, ethanol):
    calc = FieldCalculator(base, field=GaussianField(channels=("H", "C", "O")))
    assert calc.get_surface(ethanol, "field", 0.4, level=0.5, channel="O").num_components == 1
    with pytest.raises(ValueError, match="channel: choose one of H, C, O, one is needed"):
        calc.get_surface(ethanol, "field", 0.4, level=0.5)
    with pytest.raises(ValueError, match="not 'N'"):
        calc.get_surface(ethanol, "field", 0.4, level=0.5, channel="N")


def test_potential_of_the_charges_that_the_base_tells(model, ethanol):
    calc = FieldCalculator(MolFieldCalculator(model), field=charge_potential)
    points = ethanol.positions + 3.0
    charges = torch.from_numpy(calc.base.get_charges(ethanol))
    exact = ElectrostaticPotential(charges)(
        torch.from_numpy(points), torch.from_numpy(ethanol.numbers), torch.from_numpy(ethanol.positions)
    )
    np.testing.assert_allclose(calc.get_field(ethanol, points, "field"), exact, atol=1e-9)
    with pytest.raises(ValueError, match="the calculator returns no charges"):
        FieldCalculator(LennardJones(), field=charge_potential).get_field(ethanol, points, "field")


def test_a_density_model_as_field(base, ethanol):
    model = MolField(("H", "O"), "", hidden=8, depth=2, num_frequencies=8)
    calc = FieldCalculator(base, field=model)
    assert calc.get_field(ethanol, ethanol.positions, "field").shape == (9, 2)
    with pytest.raises(ValueError, match="not a distance in Å"):
        calc.get_surface(ethanol, "learned")


def test_surfaces_along_a_run(base, water, tmp_path):
    water.calc = FieldCalculator(base, field=PromolecularDensity())
    dyn = VelocityVerlet(water, 0.5 * units.fs)
    dyn.attach(SurfaceRecorder(dyn, water, tmp_path / "run.surfaces", "field", 0.5, level=0.05), interval=1)
    dyn.run(2)
    file = SurfaceFile.open(tmp_path / "run.surfaces")
    assert file.kind == "field = 0.05"
    assert file.table()["area"].shape == (3,) and (file.table()["volume"] > 0).all()


def test_bad_input(base):
    with pytest.raises(ValueError, match="not an ASE calculator"):
        FieldCalculator(LennardJones)
    with pytest.raises(ValueError, match="not an ASE calculator"):
        FieldCalculator("tblite")
    with pytest.raises(ValueError, match="the field is str, which gives no function of space"):
        FieldCalculator(base, field="md-surfaces")
    with pytest.raises(ValueError, match="EnergyMolField, which gives no function of space"):
        FieldCalculator(base, field=EnergyMolField(width=8, vectors=4))
    crystal = Atoms("Ar", cell=[5, 5, 5], pbc=True)
    crystal.calc = FieldCalculator(base)
    crystal.get_potential_energy()  # the base knows such systems
    with pytest.raises(PropertyNotImplementedError, match="no periodic boundary conditions"):
        crystal.calc.get_surface(crystal)
