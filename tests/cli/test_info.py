import re

import pytest
from ase import Atoms
from ase.io import write
from rdkit import Chem
from rdkit.Chem import AllChem

from torch_molfield import __version__
from torch_molfield.data.datasets.bundled import BUNDLED_NAMES
from torch_molfield.models import MolecularNeuralField, PatchedMolField
from torch_molfield.models.pretrained import list_pretrained


def test_installation(molfield):
    outcome = molfield("info")
    assert outcome.code == 0 and outcome.err == ""
    rows = dict(line.split("  ", 1) for line in outcome.out.splitlines())
    assert rows["torch_molfield"].strip() == __version__
    assert set(rows["bundled molecules"].strip().split(", ")) == set(BUNDLED_NAMES)
    assert rows["shipped models"].strip().split(", ") == list_pretrained()
    assert "cpu" in rows["devices"]


@pytest.mark.parametrize(("smiles", "formula"), [("CCO", "C2H6O"), ("O", "H2O"), ("FC(Cl)Br", "CHBrClF")])
def test_formula_in_hill_order(molfield, smiles, formula):
    assert formula in molfield("info", smiles).out.split()


def test_trajectory(molfield, tmp_path):
    frames = [Atoms("OH2", positions=[[0, 0, 0], [0, 0, 0.96 + 0.01 * i], [0.93, 0, -0.24]]) for i in range(3)]
    write(tmp_path / "water.xyz", frames)
    out = molfield("info", tmp_path / "water.xyz").out
    assert "frames      3" in out
    assert "0.93 × 0.00 × 1.20 Å" in out
    write(tmp_path / "mixed.traj", [Atoms("He"), *frames])
    assert "1 to 3" in molfield("info", tmp_path / "mixed.traj").out


def table(outcome):
    assert outcome.code == 0, outcome.err
    lines = [re.split(r"\s{2,}", line, maxsplit=1) for line in outcome.out.splitlines()]
    return {name: value for name, value in lines if name}


def test_a_shipped_model(molfield):
    rows = table(molfield("info", "md-forces"))
    assert rows["class"] == "EnergyMolField" and rows["task"] == "forces"
    assert rows["format of settings"] == "2" and rows["elements"] == "H, C, N, O"
    assert rows["parameters"] == "260754"
    assert rows["gives per molecule"] == "energy / eV, dipole / e Å"
    assert rows["gives per atom"] == "forces / eV/Å, charges / e"
    assert rows["commands"] == "info, evaluate, predict, encode, md"
    assert rows["about"].startswith("Energies, forces, charges and dipoles of the ten bundled molecules")


def test_a_folder(molfield, refused, tmp_path):
    PatchedMolField(field={"hidden": 8, "depth": 2, "width": 8, "vectors": 2, "heads": 2}).save_pretrained(tmp_path)
    rows = table(molfield("info", tmp_path))
    assert rows["task"] == "not stored" and rows["format of settings"] == "no settings.json"
    assert rows["elements"] == "all" and rows["gives per point"] == "signed_distance / Å"
    assert rows["commands"] == "info, evaluate, surface" and "about" not in rows
    (tmp_path / "config.json").unlink()
    assert "is neither a directory with config.json" in refused("info", tmp_path)


def test_missing_file(refused, tmp_path):
    assert "water.xyz" in refused("info", tmp_path / "water.xyz")


def test_a_library(molfield, tmp_path):
    path = tmp_path / "drugs.sdf"
    with Chem.SDWriter(str(path)) as file:
        for smiles in ("CCO", "[NH4+]", "CS"):
            mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
            AllChem.EmbedMolecule(mol, randomSeed=1)
            mol.SetProp("logP", "1.5")
            mol.SetProp("source", smiles)
            file.write(mol)
    rows = table(molfield("info", path))
    assert rows["molecules"] == "3" and rows["formulas"] == "C2H6O, H4N, CH4S" and rows["atoms"] == "5 to 9"
    assert rows["elements"] == "H, C, N, O, S" and rows["charge"] == "0 to 1 e"
    assert rows["properties"] == "logP, source" and rows["extent"].endswith("of the first")
    rows = table(molfield("info", "[NH4+]"))
    assert rows["molecules"] == "1" and rows["charge"] == "1 e" and "properties" not in rows


def test_a_plain_file_has_no_properties(molfield, tmp_path):
    path = tmp_path / "helium.xyz"
    path.write_text("1\n\nHe 0 0 0\n1\nsome words\nHe 0 0 0\n")
    rows = table(molfield("info", path))
    assert "properties" not in rows and "charge" not in rows
    path.write_text("1\ncharge=-1\nHe 0 0 0\n")
    rows = table(molfield("info", path))
    assert rows["properties"] == "charge" and rows["charge"] == "-1 e"


def test_names_in_comment_lines(molfield, tmp_path):
    water = Atoms("OH2", positions=[[0, 0, 0], [0, 0, 0.96], [0.93, 0, -0.24]], info={"gap": 1.0})
    write(tmp_path / "water.extxyz", water)
    assert "gap" in table(molfield("info", tmp_path / "water.extxyz"))["properties"]


def test_the_folder_of_a_fit(molfield, refused, tmp_path):
    (tmp_path / "fit.ckpt").write_text("")
    assert "an unfinished fit" in refused("info", tmp_path)
    network = {"latent": 4, "hidden": 4, "depth": 2}
    MolecularNeuralField(channels=["C"], network=network).save_pretrained(tmp_path)
    (tmp_path / "fit.json").write_text('{"file": "some.pdb", "seconds": 90.0}')
    rows = table(molfield("info", tmp_path))
    assert rows["made by"] == "a fit of some.pdb, 1.5 minutes; see fit.json" and "task" not in rows


def test_a_misspelt_model(refused):
    sentence = refused("info", "organic-densty")
    assert sentence.startswith("molfield: organic-densty is not a file, a SMILES or a shipped model (md-forces, ")
    assert sentence.endswith("; did you mean organic-density?\n")
    assert "as a SMILES" in refused("info", "C1CC")


@pytest.mark.parametrize(
    "command",
    [
        ("density", "C", "--model", "organic-densty"),
        ("surface", "C", "--model", "organic-densty"),
        ("predict", "C", "--model", "organic-densty"),
        ("evaluate", "organic-densty", "C"),
        ("generate", "--predictor", "organic-densty"),
        ("view", "C", "--model", "organic-densty"),
    ],
)
def test_every_command_suggests_a_model(refused, tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    assert "did you mean organic-density?" in refused(*command)


def test_a_misspelt_field(refused, tmp_path):
    sentence = refused("surface", "C", "--field", "promolecula", "--out", tmp_path / "a.ply")
    assert sentence.endswith("did you mean promolecular?\n")
    command = ("md", "C", "--calculator", "tblite", "--surface", "field", "--field", "promolecula")
    assert refused(*command, "--out", tmp_path / "md").endswith("did you mean promolecular?\n")
