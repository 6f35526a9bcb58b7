import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule
from ase.constraints import FixAtoms
from ase.io import write

from torch_molfield.cli.md_start import begin, starting_atoms


@pytest.mark.parametrize(
    ("smiles", "info"),
    [("CCO", {}), ("[NH4+]", {"charge": 1}), ("CC(=O)[O-].O", {"charge": -1}), ("[CH3]", {"spin": 2})],
)
def test_charge_and_spin_of_a_smiles(smiles, info):
    assert starting_atoms(smiles, 0).info == info


@pytest.mark.parametrize("ending", [".extxyz", ".traj", ".xyz"])
def test_what_a_file_tells(tmp_path, ending):
    frames = [molecule("H2O"), molecule("CH3CH2OH")]
    frames[1].info.update(charge=-1, spin=2, note="not of interest")
    frames[1].set_momenta(np.random.default_rng(0).normal(size=(9, 3)))
    frames[1].set_constraint(FixAtoms([0]))
    write(tmp_path / f"two{ending}", frames, format="traj" if ending == ".traj" else "extxyz")
    atoms = starting_atoms(str(tmp_path / f"two{ending}"), -1)
    assert (atoms.info, atoms.constraints) == ({"charge": -1, "spin": 2}, [])
    np.testing.assert_allclose(atoms.positions, frames[1].positions, atol=1e-7)
    np.testing.assert_allclose(atoms.get_momenta(), frames[1].get_momenta(), atol=1e-7)
    with pytest.raises(ValueError, match="--frame 2"):
        starting_atoms(str(tmp_path / f"two{ending}"), 2)


def test_the_charge_of_an_sdf_file(tmp_path):
    from rdkit import Chem
    from rdkit.Chem.rdDistGeom import EmbedMolecule

    mol = Chem.AddHs(Chem.MolFromSmiles("C[NH3+]"))
    EmbedMolecule(mol, randomSeed=0)
    with Chem.SDWriter(str(tmp_path / "ion.sdf")) as writer:
        writer.write(mol)
    assert starting_atoms(str(tmp_path / "ion.sdf"), 0).info == {"charge": 1}


def test_momenta_are_kept_unless_a_temperature_is_given():
    atoms = molecule("H2O")
    assert not begin(atoms, None, 0)
    drawn = atoms.get_momenta()
    assert begin(atoms, None, 1)
    np.testing.assert_array_equal(atoms.get_momenta(), drawn)
    assert not begin(atoms, 300.0, 1)
    assert np.abs(atoms.get_momenta() - drawn).max() > 0.1
    broken = Atoms("H", momenta=[[0, np.nan, 0]])
    with pytest.raises(ValueError, match="momenta of the molecule are not finite"):
        begin(broken, None, 0)
    assert not begin(broken, 10.0, 0)
