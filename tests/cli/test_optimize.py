import pytest
from ase.io import read
from rdkit import Chem


def test_the_minimum_and_vibrations_of_a_smiles(molfield, tmp_path):
    out = tmp_path / "water.xyz"
    outcome = molfield("optimize", "O", "--calculator", "tblite", "--vibrations", "--out", out)
    assert outcome.code == 0, outcome.err
    lines = outcome.out.splitlines()
    assert "-137.97654 eV" in lines[0] and "+0.000 kcal/mol" in lines[0]
    frequencies = [float(word) for word in lines[1].split(":")[1].split()]
    assert frequencies == pytest.approx([1540, 3643, 3651], abs=10)
    assert float(lines[2].split()[2]) == pytest.approx(0.5475, abs=1e-3)
    atoms = read(out)
    assert atoms.get_distance(0, 1) == pytest.approx(0.959, abs=0.005)
    assert atoms.info["energy_eV"] == pytest.approx(-137.97654, abs=1e-4)


def test_conformers_by_energy(molfield, tmp_path):
    out = tmp_path / "conformers.sdf"
    outcome = molfield("optimize", "FCCO", "--conformers", 3, "--fmax", 0.05, "--calculator", "tblite", "--out", out)
    assert outcome.code == 0, outcome.err
    found = list(Chem.SDMolSupplier(str(out), removeHs=False))
    relative = [float(mol.GetProp("relative_kcal_per_mol")) for mol in found]
    assert 1 <= len(found) <= 3 and relative == sorted(relative) and relative[0] == 0
    assert len(outcome.out.splitlines()) == len(found) + 1
    assert Chem.MolToSmiles(Chem.RemoveHs(found[0])) == "OCCF"


def test_the_charge_of_a_smiles_counts(molfield, tmp_path):
    outcome = molfield("optimize", "[NH4+]", "--calculator", "tblite", "--out", tmp_path / "a.xyz")
    assert outcome.code == 0, outcome.err
    assert read(tmp_path / "a.xyz").info["charge"] == 1


def test_what_has_not_converged_says_so(molfield, tmp_path):
    outcome = molfield("optimize", "CCO", "--steps", 1, "--calculator", "tblite", "--out", tmp_path / "a.xyz")
    assert outcome.code == 0 and "NOT converged" in outcome.out


def test_bad_input(molfield, refused, tmp_path):
    molfield("optimize", "O", "--calculator", "tblite", "--out", tmp_path / "water.xyz")
    needs = "need the bonds of the molecule; give a SMILES"
    assert needs in refused("optimize", tmp_path / "water.xyz", "--conformers", 3, "--out", tmp_path / "b.xyz")
    assert needs in refused("optimize", tmp_path / "water.xyz", "--out", tmp_path / "b.sdf")
    before = (tmp_path / "water.xyz").read_bytes()
    assert "is the input file" in refused("optimize", tmp_path / "water.xyz", "--out", tmp_path / "water.xyz")
    assert (tmp_path / "water.xyz").read_bytes() == before
    assert "unsupported ending '.pdb'" in refused("optimize", "O", "--out", tmp_path / "b.pdb")
    assert "exclude each other" in refused("optimize", "O", "--model", "md-forces", "--calculator", "tblite")
