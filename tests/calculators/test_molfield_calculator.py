import copy
import pickle
import warnings

import numpy as np
import pytest
import torch
from ase import Atoms, units
from ase.calculators.calculator import PropertyNotImplementedError
from ase.calculators.mixing import SumCalculator
from ase.calculators.singlepoint import SinglePointCalculator
from ase.io import read, write
from ase.md.langevin import Langevin
from ase.mep import NEB
from ase.optimize import BFGS
from ase.vibrations import Vibrations

from torch_molfield.calculators import MolFieldCalculator


def test_results_are_those_of_the_model(model, water):
    water.calc = MolFieldCalculator(model, dtype=torch.float64)
    told = copy.deepcopy(model).double().forces(torch.as_tensor(water.numbers).long(), torch.as_tensor(water.positions))
    assert water.get_potential_energy() == pytest.approx(float(told["energy"]), abs=1e-9)
    assert water.get_potential_energy(force_consistent=True) == water.get_potential_energy()
    np.testing.assert_allclose(water.get_forces(), told["forces"], atol=1e-9)
    np.testing.assert_allclose(water.get_charges(), told["charges"], atol=1e-9)
    np.testing.assert_allclose(water.get_dipole_moment(), told["dipole"][0], atol=1e-9)
    with pytest.raises(PropertyNotImplementedError):
        water.get_stress()


def test_the_model_of_the_caller_is_left_as_it_was(model, water):
    before = copy.deepcopy(model.state_dict())
    water.calc = MolFieldCalculator(model, dtype=torch.float64, unknown_elements="allow")
    water.get_potential_energy()
    assert model.elements == [1, 6, 8]
    assert torch.get_default_dtype() == torch.float32
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_charge_and_spin_are_part_of_the_state(model, water):
    water.calc = MolFieldCalculator(model)
    water.get_potential_energy()
    assert water.calc.check_state(water) == []
    water.info["charge"] = 1
    assert water.calc.check_state(water) == ["info"]
    with pytest.warns(UserWarning, match="trained on neutral closed-shell"):
        assert water.get_charges().sum() == pytest.approx(1.0, abs=1e-6)
    water.info["spin"] = 2
    assert water.calc.check_state(water) == ["info"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # it has warned already
        water.get_potential_energy()
    fixed = MolFieldCalculator(model, charge=0, spin=1)
    fixed.calculate(water)
    assert fixed.results["charges"].sum() == pytest.approx(0.0, abs=1e-6)
    water.info["charge"] = "plus"
    with pytest.raises(ValueError, match="charge must be a number, got 'plus'"):
        water.get_charges()


def test_a_committee(made, water):
    models = [made(seed) for seed in (0, 1, 2)]
    water.calc = MolFieldCalculator(models, dtype=torch.float64)
    alone = [MolFieldCalculator(model, dtype=torch.float64) for model in models]
    energies = np.array([calc.get_potential_energy(water) for calc in alone])
    forces = np.array([calc.get_forces(water) for calc in alone])
    assert water.get_potential_energy() == pytest.approx(energies.mean(), abs=1e-8)
    np.testing.assert_allclose(water.get_forces(), forces.mean(0), atol=1e-9)
    assert water.calc.energy_std == pytest.approx(energies.std(ddof=1), abs=1e-8)
    np.testing.assert_allclose(water.calc.forces_std, forces.std(0, ddof=1), atol=1e-9)
    SinglePointCalculator(water, **water.calc.results)
    with pytest.raises(ValueError, match="it needs a committee"):
        _ = alone[0].energy_std


def test_a_batch_is_its_systems(model, made, water, ethanol):
    calc = MolFieldCalculator([model, made(1)], dtype=torch.float64)
    together = calc.calculate_batch([ethanol, water])
    for atoms, results in zip((ethanol, water), together, strict=True):
        atoms.calc = calc
        assert results["energy"] == pytest.approx(atoms.get_potential_energy(), abs=1e-8)
        np.testing.assert_allclose(results["forces"], atoms.get_forces(), atol=1e-8)
        np.testing.assert_allclose(results["forces_std"], calc.forces_std, atol=1e-8)
        assert results["charges"].shape == (len(atoms),)
    assert calc.calculate_batch([]) == []
    with pytest.raises(ValueError, match="put a single one into a list"):
        calc.calculate_batch(water)
    with pytest.raises(ValueError, match="atoms 0 and 1 of molecule 1"):
        calc.calculate_batch([ethanol, Atoms("OO", [[0, 0, 0], [0, 0, 0.2]])])


def test_copies_pickles_sums_and_files(model, water, tmp_path):
    calc = MolFieldCalculator(model)
    energy, forces = calc.get_potential_energy(water), calc.get_forces(water)
    for other in (copy.deepcopy(calc), pickle.loads(pickle.dumps(calc))):  # noqa: S301
        other.reset()
        assert other.get_potential_energy(water) == pytest.approx(energy)
    assert SumCalculator([calc, copy.deepcopy(calc)]).get_potential_energy(water) == pytest.approx(2 * energy)
    water.calc = calc
    for name in ("water.extxyz", "water.traj"):
        write(tmp_path / name, water)
        again = read(tmp_path / name)
        assert again.get_potential_energy() == pytest.approx(energy)
        np.testing.assert_allclose(again.get_forces(), forces, atol=1e-6)


def test_what_ase_does_with_a_calculator(model, water, tmp_path):
    water.calc = MolFieldCalculator(model, dtype=torch.float64)
    before = water.get_potential_energy()
    BFGS(water, logfile=None).run(steps=3)
    assert water.get_potential_energy() < before
    Langevin(water, 0.5 * units.fs, temperature_K=100, friction=0.01, fixcm=False, rng=np.random.default_rng(0)).run(3)
    images = [water.copy() for _ in range(3)]
    images[-1].rattle(0.05, seed=0)
    for image in images:
        image.calc = MolFieldCalculator(model, dtype=torch.float64)
    band = NEB(images, method="improvedtangent")
    band.interpolate()
    assert np.isfinite(band.get_forces()).all()
    vibrations = Vibrations(water, indices=[0], name=str(tmp_path / "vib"))
    vibrations.run()
    assert len(vibrations.get_frequencies()) == 3


@pytest.mark.parametrize(
    ("atoms", "error", "sentence"),
    [
        (Atoms(), ValueError, "is empty"),
        (Atoms("OO", [[0, 0, 0], [0, 0, 0.2]]), ValueError, "atoms 0 and 1 of molecule 0 are 0.20 Å apart"),
        (Atoms("OFN", 1.2 * np.eye(3)), ValueError, r"N \(7\), F \(9\).*unknown_elements='allow'"),
        (Atoms("O", [[0, np.nan, 0]]), ValueError, "NaN"),
        (Atoms("O", cell=[5, 5, 5], pbc=True), PropertyNotImplementedError, "no periodic boundary conditions"),
    ],
)
def test_bad_atoms(model, atoms, error, sentence):
    with pytest.raises(error, match=sentence):
        MolFieldCalculator(model).get_potential_energy(atoms)


def test_one_atom_a_cell_without_periodicity_and_unknown_elements_on_request(model):
    lone = Atoms("O", cell=[5, 5, 5])
    calc = MolFieldCalculator(model)
    assert np.isfinite(calc.get_potential_energy(lone))
    np.testing.assert_allclose(calc.get_forces(lone), 0.0)
    strange = Atoms("ON", [[0, 0, 0], [0, 0, 1.2]])
    assert np.isfinite(MolFieldCalculator(model, unknown_elements="allow").get_potential_energy(strange))


def test_nothing_is_left_of_an_earlier_molecule(model, made, water):
    calc = MolFieldCalculator([model, made(1)])
    calc.calculate(water)
    bad = Atoms("OO", [[0, 0, 0], [0, 0, 0.2]])
    for ask in (calc.calculate, calc.get_potential_energy):
        with pytest.raises(ValueError, match="Å apart"):
            ask(bad)
    with pytest.raises(ValueError, match="and a calculation"):
        _ = calc.energy_std
    calc.calculate(water)
    calc.reset()
    with pytest.raises(ValueError, match="and a calculation"):
        _ = calc.forces_std


@pytest.mark.parametrize("function", [None, {"width": 8, "hidden": 8, "num_frequencies": 8, "heads": 2, "groups": 1}])
def test_far_from_the_origin_no_digits_are_lost(made, ethanol, function):
    calc = MolFieldCalculator(made(function=function))
    near = calc.get_forces(ethanol)
    ethanol.positions += [1000.0, -3000.0, 2000.0]
    np.testing.assert_allclose(calc.get_forces(ethanol), near, atol=1e-4 * np.abs(near).max())


def test_bad_settings(model, made):
    with pytest.raises(ValueError, match="at least one model"):
        MolFieldCalculator([])
    with pytest.raises(ValueError, match=r"model 1 of the committee knows the elements \[1, 8\]"):
        MolFieldCalculator([model, made(elements=[1, 8])])
    with pytest.raises(ValueError, match="has no setting devise"):
        MolFieldCalculator(model, devise="cpu")
    with pytest.raises(ValueError, match="device 'foo' cannot be used"):
        MolFieldCalculator(model, device="foo")
    with pytest.raises(FileNotFoundError, match="neither a directory"):
        MolFieldCalculator.from_pretrained("no-such-model")


def test_from_folders(model, water, tmp_path):
    folder = model.save_pretrained(tmp_path)
    energy = MolFieldCalculator(model).get_potential_energy(water)
    assert MolFieldCalculator.from_pretrained(folder).get_potential_energy(water) == pytest.approx(energy)
    committee = MolFieldCalculator.from_pretrained([folder, folder])
    assert committee.get_potential_energy(water) == pytest.approx(energy)
    assert committee.energy_std == 0
