import numpy as np
from ase import Atoms
from rdkit import Chem
from rdkit.Chem import AllChem

from torch_molfield.calculators.conformers import rank_conformers
from torch_molfield.calculators.optimization import Optimized
from torch_molfield.data.units import KCAL_PER_MOL


def embedded(mol, seed):
    AllChem.EmbedMolecule(mol, randomSeed=seed)
    numbers = [atom.GetAtomicNum() for atom in mol.GetAtoms()]
    return Atoms(numbers, mol.GetConformer().GetPositions())


def result(kcal):
    return Optimized(-100.0 + kcal * KCAL_PER_MOL, True, 0.001, 10)


def test_by_energy_and_each_once():
    mol = Chem.AddHs(Chem.MolFromSmiles("CC(C)CO"))
    one, other = embedded(mol, 1), embedded(mol, 2)
    twin = one.copy()
    twin.positions[[0, 2]] = twin.positions[[2, 0]]  # the two methyls exchanged
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    twin.positions = twin.positions @ (turn * np.sign(np.linalg.det(turn))).T + 5.0
    results = [(other, result(2.0)), (one, result(0.0)), (twin, result(0.05))]
    ranked = rank_conformers(results, mol)
    assert [found.number for found in ranked] == [1, 0]
    assert [round(found.relative, 6) for found in ranked] == [0.0, 2.0]
    assert [found.number for found in rank_conformers(results)] == [1, 2, 0]


def test_equal_energies_of_mirror_images_are_two():
    mol = Chem.AddHs(Chem.MolFromSmiles("OCCO"))
    one = embedded(mol, 3)
    other = one.copy()
    other.positions[:, 0] *= -1
    flat = np.abs(np.linalg.det(one.positions[[1, 2, 3]] - one.positions[0])) < 0.3
    assert len(rank_conformers([(one, result(0.0)), (other, result(0.0))], mol)) == (1 if flat else 2)
