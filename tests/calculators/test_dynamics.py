import numpy as np
import pytest
from ase import Atoms, units

from torch_molfield.calculators import MolFieldCalculator
from torch_molfield.calculators.dynamics import make_dynamics, moment, run_dynamics, start_velocities


def test_velocities_have_the_temperature_and_no_motion_of_the_whole(ethanol):
    temperatures = []
    for seed in range(200):
        start_velocities(ethanol, 300.0, seed)
        kinetic = ethanol.get_kinetic_energy()
        temperatures.append(2 * kinetic / ((3 * len(ethanol) - 6) * units.kB))
    assert np.mean(temperatures) == pytest.approx(300.0, rel=0.06)
    assert np.abs(ethanol.get_momenta().sum(0)).max() < 1e-10
    assert np.abs(ethanol.get_angular_momentum()).max() < 1e-9


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("bend", [0.0, 0.05])
def test_a_linear_molecule_has_four_vibrations(model, bend):
    atoms = Atoms("OCO", [[-1.16, 0, 0], [0, bend, 0], [1.16, 0, 0]])
    atoms.rotate(40, (1, 2, 3))
    atoms.calc = MolFieldCalculator(model)
    temperatures = []
    for seed in range(200):
        start_velocities(atoms, 300.0, seed)
        temperatures.append(moment(make_dynamics(atoms, "nve", 0.5, 300.0, 0.0, 0)).temperature)
    assert np.mean(temperatures) == pytest.approx(300.0, rel=0.08)
    assert np.abs(np.delete(axis_components(atoms), 0)).max() < 1e-9


def axis_components(atoms):
    """Angular momentum along the principal axes, that of the smallest moment first."""
    _, axes = atoms.get_moments_of_inertia(vectors=True)
    return axes @ atoms.get_angular_momentum()


def test_one_atom_stays_where_it_is(model):
    atoms = Atoms("O", [[1.0, 2.0, 3.0]])
    atoms.calc = MolFieldCalculator(model)
    start_velocities(atoms, 300.0, 0)
    dyn = make_dynamics(atoms, "nve", 0.5, 300.0, 0.0, 0)
    run_dynamics(dyn, 2, 1, lambda now: None)
    np.testing.assert_allclose(atoms.positions, [[1.0, 2.0, 3.0]])
    assert moment(dyn).temperature == 0


def test_energy_is_conserved_and_records_come_in_time(model, ethanol):
    ethanol.calc = MolFieldCalculator(model)
    start_velocities(ethanol, 300.0, 0)
    dyn = make_dynamics(ethanol, "nve", 0.25, 300.0, 0.01, 0)
    moments = []
    run_dynamics(dyn, 25, 10, moments.append)
    assert [now.step for now in moments] == [0, 10, 20, 25]
    np.testing.assert_allclose([now.time for now in moments], [0, 2.5, 5.0, 6.25])
    totals = np.array([now.total for now in moments])
    assert np.ptp(totals) < 0.05 * max(now.kinetic for now in moments)


def test_langevin_is_seeded(model, water):
    ends = []
    for seed in (0, 0, 1):
        atoms = water.copy()
        atoms.calc = MolFieldCalculator(model)
        dyn = make_dynamics(atoms, "langevin", 0.5, 300.0, 0.02, seed)
        dyn.run(3)
        ends.append(atoms.positions)
    np.testing.assert_allclose(ends[0], ends[1])
    assert np.abs(ends[0] - ends[2]).max() > 1e-6


def test_bad_input(model, water):
    water.calc = MolFieldCalculator(model)
    with pytest.raises(ValueError, match="ensemble 'npt' is unknown"):
        make_dynamics(water, "npt", 0.5, 300.0, 0.01, 0)
    for timestep in (0.0, 100.0, np.inf, np.nan):
        with pytest.raises(ValueError, match=f"timestep must be above 0 and at most 10 fs, got {timestep:g}; 0.5 is"):
            make_dynamics(water, "nve", timestep, 300.0, 0.01, 0)
    dyn = make_dynamics(water, "nve", 0.5, 300.0, 0.01, 0)
    water.set_momenta(np.full((6, 3), np.nan))
    with pytest.raises(ValueError, match="velocities are not finite at step 0"):
        run_dynamics(dyn, 1, 1, lambda now: None)


@pytest.mark.parametrize("momenta", [1e3, np.nan])
def test_a_run_that_flies_apart_names_its_timestep(model, water, momenta):
    water.calc = MolFieldCalculator(model)
    dyn = make_dynamics(water, "nve", 2.0, 300.0, 0.01, 0)
    seen = []

    def note(now):
        seen.append(now.step)
        water.set_momenta(np.random.default_rng(0).normal(size=(6, 3)) * momenta)

    with pytest.raises(ValueError, match=r"the run failed at step \d: .* Its timestep, 2 fs, may be too long; take a"):
        run_dynamics(dyn, 5, 1, note)
    assert seen == [0]
