import numpy as np
import pytest
import torch
from ase.build import molecule
from ase.calculators.singlepoint import SinglePointCalculator
from ase.io import write
from rdkit import Chem
from rdkit.Chem import rdDistGeom

from torch_molfield.data import read_molecules
from torch_molfield.data.io.read import read_molecule_argument


def frames():
    out = []
    for name in ("H2O", "CH3OH", "C6H6"):
        atoms = molecule(name)
        atoms.calc = SinglePointCalculator(atoms, energy=-1.5 * len(atoms), forces=0.1 * atoms.positions)
        out.append(atoms)
    return out


def sdf(path, count=2):
    mol = Chem.AddHs(Chem.MolFromSmiles("CCO"))
    rdDistGeom.EmbedMolecule(mol, randomSeed=1)
    with Chem.SDWriter(str(path)) as writer:
        for _ in range(count):
            writer.write(mol)
    return path


@pytest.mark.parametrize("ending", [".xyz", ".extxyz", ".traj", ".XYZ"])
def test_ase_formats(tmp_path, ending):
    path = tmp_path / f"frames{ending}"
    write(path, frames(), format="traj" if ending == ".traj" else "extxyz")
    molecules = read_molecules(path)
    assert [m.num_nodes for m in molecules] == [3, 6, 12]
    assert molecules[1].energy.tolist() == [-9.0]
    assert np.allclose(molecules[2].forces, 0.1 * molecule("C6H6").positions, atol=1e-6)
    assert torch.allclose(molecules[0].pos.double(), torch.from_numpy(molecule("H2O").positions), atol=1e-6)


def test_plain_xyz_with_a_free_comment(tmp_path):
    path = tmp_path / "plain.xyz"
    path.write_text("2\nhydrogen, a comment = with 'odd signs\nH 0 0 0\nH 0 0 0.74\n")
    (data,) = read_molecules(path)
    assert data.z.tolist() == [1, 1]


def test_sdf_keeps_hydrogens(tmp_path):
    molecules = read_molecules(sdf(tmp_path / "two.sdf"))
    assert [m.num_nodes for m in molecules] == [9, 9]


def test_pdb_models(tmp_path):
    path = tmp_path / "two.pdb"
    write(path, [molecule("H2O"), molecule("H2O")], format="proteindatabank")
    assert [m.num_nodes for m in read_molecules(path)] == [3, 3]


def test_unsupported_ending(tmp_path):
    with pytest.raises(ValueError, match=r"ending '\.mol3'; supported are \.cif, \.extxyz, \.mmcif, .*\.xyz"):
        read_molecules(tmp_path / "some.mol3")


@pytest.mark.parametrize("ending", [".xyz", ".extxyz", ".traj", ".sdf", ".pdb"])
def test_missing(tmp_path, ending):
    with pytest.raises(FileNotFoundError, match="none"):
        read_molecules(tmp_path / f"none{ending}")


@pytest.mark.parametrize("ending", [".xyz", ".extxyz", ".traj", ".sdf", ".pdb"])
def test_empty(tmp_path, ending):
    path = tmp_path / f"empty{ending}"
    path.write_bytes(b"")
    with pytest.raises(ValueError, match=f"empty{ending}"):
        read_molecules(path)


@pytest.mark.parametrize("ending", [".xyz", ".extxyz", ".traj", ".sdf", ".pdb"])
def test_foreign(tmp_path, ending):
    path = tmp_path / f"foreign{ending}"
    path.write_bytes(bytes(range(256)) * 20)
    with pytest.raises(ValueError, match=f"foreign{ending}"):
        read_molecules(path)


@pytest.mark.parametrize("ending", [".xyz", ".extxyz", ".traj", ".sdf", ".pdb"])
@pytest.mark.parametrize("keep", [0.35, 0.62, 0.93])
def test_truncated(tmp_path, ending, keep):
    path = tmp_path / f"cut{ending}"
    if ending == ".sdf":
        sdf(path)
    else:
        formats = {".traj": "traj", ".pdb": "proteindatabank"}
        write(path, frames()[1:], format=formats.get(ending, "extxyz"))
    content = path.read_bytes()
    size = int(keep * len(content))
    if ending == ".pdb":  # a PDB file cut at the end of a record cannot be told from a whole one
        size = content.rfind(b"\nATOM", 0, size) + 40
    elif ending == ".traj":  # its last quarter here is room kept for the offsets of later frames
        size = int(0.75 * size)
    path.write_bytes(content[:size])
    with pytest.raises(ValueError, match=f"cut{ending}"):
        read_molecules(path)


def test_bad_atoms_name_the_file(tmp_path):
    path = tmp_path / "bad.xyz"
    path.write_text("2\n\nH 0 0 0\nH 0 0 nan\n")
    with pytest.raises(ValueError, match=r"bad\.xyz.*NaN"):
        read_molecules(path)


def test_argument_is_a_file_or_a_smiles(tmp_path):
    assert [m.num_nodes for m in read_molecule_argument("CCO")] == [9]
    assert [m.num_nodes for m in read_molecule_argument(str(sdf(tmp_path / "two.sdf")))] == [9, 9]
    assert [m.num_nodes for m in read_molecule_argument("F/C=C/F")] == [6]


def test_argument_that_is_neither(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.xyz"):
        read_molecule_argument(str(tmp_path / "none.xyz"))
    with pytest.raises(ValueError, match="'ethanl' is not a file, and as a SMILES: RDKit refuses"):
        read_molecule_argument("ethanl")
    with pytest.raises(ValueError, match="is a folder, and as a SMILES: "):
        read_molecule_argument(str(tmp_path))
    other = tmp_path / "notes.txt"
    other.write_text("CCO")
    with pytest.raises(ValueError, match="supported are"):
        read_molecule_argument(str(other))
