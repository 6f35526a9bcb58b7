"""PyG's own datasets, and files, train and evaluate as they are."""

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.calculators.singlepoint import SinglePointCalculator
from ase.io import write
from rdkit import Chem
from rdkit.Chem import AllChem

from tests.pyg_sets import pyg_md17, pyg_qm9
from torch_molfield.data.datasets.held_out import TestData
from torch_molfield.data.datasets.named import labelled_molecules
from torch_molfield.data.properties import find_targets, target_values
from torch_molfield.evaluation.forces import force_errors, predict_forces
from torch_molfield.evaluation.properties import mean_errors, predict_properties
from torch_molfield.geometry.packed import PackedMolecules
from torch_molfield.training import (
    DensityTraining,
    ForceFieldTraining,
    PropertyTraining,
    QDFTraining,
    SurfaceTraining,
    train_force_field,
    train_property,
    train_qdf,
    train_surface,
)
from torch_molfield.training.tasks.density import train_density
from torch_molfield.training.tasks.forces import pack_labelled

FIELD = {"hidden": 8, "depth": 2, "num_frequencies": 16, "width": 16, "vectors": 4, "heads": 2, "groups": 2}
FORCES = {"width": 8, "vectors": 4, "radial": 4, "sources": 4}
STEPS = {"max_steps": 2, "batch_size": 4}
HARDWARE = {"accelerator": "cpu", "progress_bar": False}


@pytest.fixture(scope="module")
def qm9(tmp_path_factory):
    return pyg_qm9(tmp_path_factory.mktemp("pyg") / "qm9")


@pytest.fixture(scope="module")
def md17(tmp_path_factory):
    return pyg_md17(tmp_path_factory.mktemp("pyg"))


def finite_errors(model, molecules):
    packed = PackedMolecules(molecules)
    packed.rows = target_values(molecules, model.targets)
    errors = mean_errors(predict_properties(model, packed), packed.rows)
    assert all(0 < error < 1e4 for error in errors.values())
    return errors


def test_properties_of_qm9(qm9, tmp_path):
    targets = ["gap", "mu", "atomization"]
    settings = PropertyTraining(targets=targets, model=FIELD, **STEPS)
    model = train_property(settings, qm9[:15], tmp_path, **HARDWARE)
    assert set(finite_errors(model, qm9[15:])) == set(targets)
    # the mean of the training molecules, which an intensive target starts from
    gaps = target_values(qm9[:15], find_targets(["gap"]))["gap"]
    with torch.no_grad():
        start = model(qm9[0].z, qm9[0].pos)["gap"]
    assert abs(float(start) - float(gaps.mean())) < 20 * float(gaps.std())


def test_quantum_deep_field_of_qm9(qm9, tmp_path):
    settings = QDFTraining(model={"width": 8}, **STEPS)
    assert set(finite_errors(train_qdf(settings, qm9[:15], tmp_path, **HARDWARE), qm9[15:])) == {"atomization"}


def test_densities_and_surfaces_of_qm9(qm9, tmp_path):
    density = DensityTraining(model=FIELD, num_points=16, **STEPS)
    assert train_density(density, qm9[:6], tmp_path / "density", **HARDWARE).config["elements"] == [1, 6, 7, 8, 9]
    surface = SurfaceTraining(model=FIELD, num_points=16, workers=0, **STEPS)
    assert train_surface(surface, qm9[:3], tmp_path / "surface", **HARDWARE).config["elements"] == [1, 6, 7, 9]


def test_forces_of_md17(md17, tmp_path):
    model = train_force_field(ForceFieldTraining(model=FORCES, **STEPS), md17[:8], tmp_path, **HARDWARE)
    packed = pack_labelled(md17[8:])
    errors = force_errors(predict_forces(model, packed), packed)
    # labels are -9700 and 0 kcal/mol, with a deviation of 1 kcal/mol, 0.043 eV
    assert packed.rows["energy"].tolist() == pytest.approx([-420.6] * 4, abs=0.2)
    assert 0 < errors["energy"] < 0.2
    assert 0.02 < errors["forces"] < 0.06


def test_forces_of_an_extxyz_file(tmp_path):
    rng = np.random.default_rng(0)
    frames = []
    for k in range(6):
        atoms = Atoms("OH2", positions=[[0, 0, 0], [0.95 + 0.01 * k, 0, 0], [-0.25, 0.92, 0]])
        atoms.calc = SinglePointCalculator(atoms, energy=-14.0 - k, forces=rng.normal(size=(3, 3)))
        frames.append(atoms)
    for name in ("water.extxyz", "water.traj"):
        write(tmp_path / name, frames)
        molecules = labelled_molecules(str(tmp_path / name), None)
        assert [float(m.energy) for m in molecules] == [-14.0 - k for k in range(6)]
        settings = ForceFieldTraining(model=FORCES, **STEPS)
        model = train_force_field(settings, molecules, tmp_path / f"{name}.run", **HARDWARE)
        packed = pack_labelled(*TestData([str(tmp_path / name)], num_samples=2).labelled().values())
        np.testing.assert_allclose(packed.atom_rows["forces"][:3], frames[1].calc.results["forces"], rtol=1e-6)
        assert force_errors(predict_forces(model, packed), packed)["forces"] > 0


def test_a_property_of_an_sdf_file(tmp_path):
    with Chem.SDWriter(str(tmp_path / "alcohols.sdf")) as writer:
        for number, smiles in enumerate(("CO", "CCO", "CC(C)O", "OCCO", "O")):
            mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
            AllChem.EmbedMolecule(mol, randomSeed=1)
            mol.SetProp("logS", str(0.5 * number))
            writer.write(mol)
    targets = find_targets(["logS:log(mol/L)"])
    molecules = labelled_molecules(str(tmp_path / "alcohols.sdf"), None, targets)
    assert [float(m.logS) for m in molecules] == [0.0, 0.5, 1.0, 1.5, 2.0]
    settings = PropertyTraining(targets=["logS:log(mol/L)"], model=FIELD, **STEPS)
    model = train_property(settings, molecules, tmp_path / "run", **HARDWARE)
    (tested,) = TestData([str(tmp_path / "alcohols.sdf")], num_samples=3).labelled(targets).values()
    assert set(finite_errors(model, tested)) == {"logS"}
