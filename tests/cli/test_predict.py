import csv
import json

import pytest
import torch
from pyarrow.parquet import read_table
from rdkit import Chem
from rdkit.Chem import AllChem

from torch_molfield.data import from_smiles
from torch_molfield.models import ElectronDensityMolField, EnergyMolField, QuantumDeepField
from torch_molfield.training.tasks import qdf_start


def rows(text):
    return list(csv.reader(text.splitlines()))


def test_published_weights(molfield, tmp_path):
    (tmp_path / "two.xyz").write_text("1\nframe 0\nO 0 0 0\n2\nframe 1\nH 0 0 0\nF 0 0 0.92\n")
    outcome = molfield("predict", tmp_path / "two.xyz", "C", "--model", "qdf")
    assert outcome.code == 0, outcome.err
    head, *found = rows(outcome.out)
    assert head == ["molecule", "frame", "formula", "atomization / eV", "problem"]
    assert [row[1:3] for row in found] == [["0", "O"], ["1", "FH"], ["0", "CH4"]]
    model, methane = QuantumDeepField.from_pretrained("qdf"), from_smiles("C")
    expected = float(model(methane.z, methane.pos).detach())
    assert float(found[2][3]) == pytest.approx(expected, rel=1e-5)
    # −17.17 eV in QM9
    assert expected == pytest.approx(-17.2, abs=0.6)


def test_table_in_a_file(molfield, tmp_path):
    outcome = molfield("predict", "O", "--model", "qdf", "--out", tmp_path / "table.csv")
    assert outcome.code == 0 and "table.csv (1 molecule)" in outcome.out
    assert len(rows((tmp_path / "table.csv").read_text())) == 2


def test_a_trained_model(molfield, tmp_path, monkeypatch):
    monkeypatch.setattr(qdf_start, "MOLECULES", 20)
    settings = {"max_steps": 2, "model": {"width": 8, "layers": 1}}
    (tmp_path / "tiny.json").write_text(json.dumps(settings))
    command = (
        "train",
        "qdf",
        "ethanol",
        "--target",
        "energy",
        "--out",
        tmp_path / "run",
        "--accelerator",
        "cpu",
        "--overwrite",
        "--val-samples",
        0,
    )
    for mode in ("faithful", "quadrature"):
        outcome = molfield(*command, "--config", tmp_path / "tiny.json", "--mode", mode)
        assert outcome.code == 0, outcome.err
        assert QuantumDeepField.from_pretrained(tmp_path / "run").config["mode"] == mode
        outcome = molfield("predict", "CCO", "--model", tmp_path / "run")
        assert rows(outcome.out)[0][3] == "energy / eV" and torch.isfinite(torch.tensor(float(rows(outcome.out)[1][3])))
        outcome = molfield("evaluate", tmp_path / "run", "ethanol", "--count", 2, "--out", tmp_path / "scores")
        assert outcome.code == 0, outcome.err
        (target,) = json.loads((tmp_path / "scores" / "metrics.json").read_text())["targets"]
        assert (target["references_alone"] is None) == (mode == "faithful")


def test_the_published_split(molfield, data_dir, tmp_path):
    for name, low, high in (("qm9/under14", 0.0, 0.2), ("qm9/over15", 0.05, 0.4)):
        out = tmp_path / "scores"
        outcome = molfield("evaluate", "qdf", name, "--root", data_dir, "--count", 20, "--out", out)
        assert outcome.code == 0, outcome.err
        (target,) = json.loads((out / "metrics.json").read_text())["targets"]
        assert low < target["error"] < high and target["references_alone"] is None


def test_what_fails_is_told_by_its_place(molfield, refused, tmp_path):
    mols = [Chem.AddHs(Chem.MolFromSmiles(smiles)) for smiles in ("C", "CS", "O")]
    path = tmp_path / "mixed.sdf"
    with Chem.SDWriter(str(path)) as file:
        for mol in (*mols[:2], Chem.AddHs(Chem.MolFromSmiles("CCO")), mols[2]):
            if mol in mols:
                AllChem.EmbedMolecule(mol, randomSeed=1)
            else:
                AllChem.Compute2DCoords(mol)
            file.write(mol)
    outcome = molfield("predict", path, "--model", "qm9-properties")
    assert outcome.code == 2 and "2 of 4 molecules failed" in outcome.err
    found = rows(outcome.out)[1:]
    assert [row[1] for row in found] == ["0", "1", "2", "3"]
    assert [row[2] for row in found] == ["CH4", "", "", "H2O"] and found[3][3]
    assert found[1][-1] and "of the batch" not in found[1][-1]
    assert "2-D drawing" in found[2][-1] and not found[0][-1]
    (tmp_path / "thiol.smi").write_text("CS\n")
    assert "thiol.smi, molecule 0: " in refused("predict", tmp_path / "thiol.smi", "--model", "qm9-properties")


def numbers(cell):
    return torch.tensor([float(value) for value in cell.split()], dtype=torch.float64)


def test_energies_forces_and_charges(molfield, tmp_path):
    """As the model gives them, to nine digits; molecules of other sizes share a batch."""
    outcome = molfield("predict", "CCO", "O", "--model", "md-forces")
    assert outcome.code == 0, outcome.err
    head, ethanol, water = rows(outcome.out)
    assert head == ["molecule", "frame", "formula", "energy / eV", "dipole / e Å", "problem"]
    model = EnergyMolField.from_pretrained("md-forces")
    for name, row in (("CCO", ethanol), ("O", water)):
        data = from_smiles(name)
        expected = model.forces(data.z, data.pos)
        assert float(row[3]) == pytest.approx(float(expected["energy"]), abs=2e-6)
        torch.testing.assert_close(numbers(row[4]), expected["dipole"][0], atol=1e-5, rtol=1e-5)
    outcome = molfield("predict", "CCO", "O", "--model", "md-forces", "--forces", "--charges")
    head, ethanol, water = rows(outcome.out)
    assert head[3:-1] == ["energy / eV", "forces / eV/Å", "dipole / e Å", "charges / e"]
    torch.testing.assert_close(numbers(water[4]), expected["forces"].flatten().double(), atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(numbers(water[6]), expected["charges"], atol=1e-6, rtol=1e-5)
    assert len(numbers(ethanol[4])) == 27 and len(numbers(ethanol[6])) == 9


def test_a_value_that_is_not_finite_is_a_problem(molfield, tmp_path):
    model = EnergyMolField(width=4, vectors=2, layers=1)
    model.references.reference[1] = float("nan")
    model.save_pretrained(tmp_path)
    outcome = molfield("predict", "C", "FC(F)(F)F", "--model", tmp_path)
    assert outcome.code == 2 and "1 of 2 molecules failed" in outcome.err
    _, methane, fluoride = rows(outcome.out)
    assert methane[3] == "" and methane[4].startswith("the model gives no finite energy. Its geometry is unlike those")
    assert fluoride[3] and not fluoride[4]


def density_charges(name, charge):
    data = from_smiles(name)
    model = ElectronDensityMolField.from_pretrained("organic-density")
    with torch.no_grad():
        return model(data.z, data.pos, charge=torch.tensor([charge]))


def test_charges_and_moments_of_a_density(molfield, tmp_path):
    water = tmp_path / "water.xyz"
    water.write_text("3\nwater\nO 0 0 0\nH 0 0 0.97\nH 0 0.94 -0.24\n")
    command = ("predict", "C[NH3+]", water, "[CH3]", "--model", "organic-density", "--charges")
    outcome = molfield(*command)
    assert outcome.code == 2 and f"charge 0 of {water}, molecule 0, assumed" in outcome.err
    head, ammonium, assumed, radical = rows(outcome.out)
    assert head[3:-1] == ["dipole / e Å", "quadrupole / e Å^2", "charges / e", "domain"]
    expected = density_charges("C[NH3+]", 1.0)
    torch.testing.assert_close(numbers(ammonium[3]), expected.dipole[0].double(), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(numbers(ammonium[5]), expected.charges.double(), atol=1e-5, rtol=1e-5)
    assert float(numbers(assumed[5]).sum()) == pytest.approx(0, abs=1e-5)
    assert radical[-1].startswith("--charge: the molecule would have 9 electrons at charge 0")
    (tmp_path / "oh.extxyz").write_text("2\ncharge=-1\nO 0 0 0\nH 0 0 0.97\n")
    outcome = molfield("predict", tmp_path / "oh.extxyz", "--model", "organic-density", "--charges")
    assert float(numbers(rows(outcome.out)[1][5]).sum()) == pytest.approx(-1, abs=1e-5) and not outcome.err


def test_charges_of_a_library_in_files(molfield, refused, tmp_path):
    (tmp_path / "library.smi").write_text("CC(=O)[O-] acetate\nC(C broken\nCO methanol\n")
    command = ("predict", tmp_path / "library.smi", "--model", "organic-density")
    outcome = molfield(*command, "--charges", "--out", tmp_path / "charges.parquet")
    assert outcome.code == 2 and "1 of 3 molecules failed" in outcome.err
    table = read_table(tmp_path / "charges.parquet")
    found = table.to_pylist()
    assert [row["name"] for row in found] == ["acetate", "broken", "methanol"] and found[1]["charges"] is None
    assert "RDKit refuses" in found[1]["problem"] and table.schema.field("dipole").metadata == {b"unit": "e Å".encode()}
    assert sum(found[0]["charges"]) == pytest.approx(-1, abs=1e-5) and len(found[2]["quadrupole"]) == 9
    outcome = molfield(*command, "--charges", "--out", tmp_path / "charges.mol2")
    assert outcome.code == 2 and "first" in outcome.err and "molecule 1: " in outcome.err
    blocks = (tmp_path / "charges.mol2").read_text().split("@<TRIPOS>MOLECULE\n")[1:]
    assert [block.split("\n")[0] for block in blocks] == ["acetate", "methanol"]
    assert Chem.MolFromMol2Block("@<TRIPOS>MOLECULE\n" + blocks[1]).GetNumAtoms() == 2
    assert "ask for them with --charges" in refused(*command, "--out", tmp_path / "b.mol2")
    bonds = ("predict", tmp_path / "ion.xyz", "--model", "organic-density", "--charges")
    (tmp_path / "ion.xyz").write_text("2\nmuch too long\nO 0 0 0\nH 0 0 3\n")
    assert "no bonds can be found" in refused(*bonds, "--charge", -1, "--out", tmp_path / "a.mol2")
    assert "omit --charge" in refused("predict", "O", "--model", "md-forces", "--charge", 1)


class TestBadInput:
    def test_a_model_of_something_else(self, refused):
        assert "md-surfaces is a MolField, which is for the commands info, evaluate, encode and surface" in refused(
            "predict", "C", "--model", "md-surfaces"
        )

    def test_values_of_atoms_that_the_model_does_not_have(self, refused):
        command = ("predict", "C", "--model")
        assert "qdf predicts no forces; it predicts nothing per atom" in refused(*command, "qdf", "--forces")
        expected = "rmd17-forces predicts no charges; per atom it predicts forces"
        assert expected in refused(*command, "rmd17-forces", "--charges")

    def test_an_element_without_orbitals(self, refused):
        assert "without orbitals in the table: Cl" in refused("predict", "CCl", "--model", "qdf")

    def test_an_unknown_model(self, refused):
        known = "nor a shipped model (md-forces, md-surfaces, organic-density, organic-forces, organic-properties, qdf"
        assert known in refused("predict", "C", "--model", "gdf")

    def test_an_unknown_mode_and_target(self, refused, tmp_path):
        command = ("train", "qdf", "ethanol", "--out", tmp_path / "run", "--max-steps", 1)
        assert "choose one of faithful, quadrature" in refused(*command, "--mode", "exact")
        assert "molecule 0 has no 'atomization'" in refused(*command)
        assert "--root" in refused("train", "qdf", "qm9/under14", "--out", tmp_path / "run", "--max-steps", 1)


def test_what_is_not_finite_is_named_and_the_others_are_predicted(molfield, tmp_path):
    close = "3\nthree hydrogens\nH 0 0 0\nH 0.002 0 0.05\nH 0.004 0 0.11\n"
    methane = from_smiles("C")
    lines = [f"{'CH'[int(z == 1)]} {x} {y} {w}" for z, (x, y, w) in zip(methane.z, methane.pos.tolist(), strict=True)]
    path = tmp_path / "frames.xyz"
    path.write_text(close + "5\nmethane\n" + "\n".join(lines) + "\n" + close)
    outcome = molfield("predict", path, "--model", "qm9-properties")
    assert outcome.code == 2 and "2 of 3 molecules failed" in outcome.err
    first, second, third = list(csv.DictReader(outcome.out.splitlines()))
    for row in (first, third):
        assert row["problem"].startswith("the model gives no finite mu, alpha, homo and others")
        assert not any(value for name, value in row.items() if " / " in name)
    assert second["problem"] == "" and "nan" not in outcome.out.replace("finite", "")
    path.write_text(close)
    outcome = molfield("predict", path, "--model", "qm9-properties")
    assert outcome.code == 1 and "no finite" in outcome.err


def test_charges_and_radicals_are_warned_of(molfield):
    with pytest.warns(UserWarning, match="molecule 0 has charge -1 and multiplicity 1, and 1 more such"):
        outcome = molfield("predict", "CC(=O)[O-]", "O", "[CH3]", "--model", "md-forces")
    assert outcome.code == 0


def test_neutral_molecules_are_not_warned_of(molfield):
    assert molfield("predict", "O", "C[N+](=O)[O-]", "--model", "md-forces").code == 0


def test_a_bad_smiles_among_others(molfield, refused, tmp_path):
    outcome = molfield("predict", "O", "C(C", tmp_path / "none.xyz", "C", "--model", "qdf")
    assert outcome.code == 2 and "RDKit refuses the SMILES 'C(C'" in outcome.err and "none.xyz" in outcome.err
    assert [row[2] for row in rows(outcome.out)[1:]] == ["H2O", "", "", "CH4"]
    assert refused("predict", "C(C", "C(", "--model", "qdf").count("RDKit refuses") == 1


def test_a_force_field_with_electrostatics_takes_the_charge(molfield, refused, tmp_path):
    torch.manual_seed(0)
    model = EnergyMolField(width=8, vectors=2, charges=True, electrostatics=True).save_pretrained(tmp_path / "model")
    outcome = molfield("predict", "C[NH3+]", "CC(=O)[O-]", "O", "--model", model, "--charges")
    assert outcome.code == 0 and outcome.err == ""
    head, *found = rows(outcome.out)
    totals = [float(numbers(row[head.index("charges / e")]).sum()) for row in found]
    assert totals == pytest.approx([1, -1, 0], abs=1e-5)
    _, ion = rows(molfield("predict", "O", "--model", model, "--charge", 2).out)
    assert abs(float(ion[head.index("energy / eV")]) - float(found[2][head.index("energy / eV")])) > 1e-3
    assert "would have 9 electrons at charge +1" in refused("predict", "O", "--model", model, "--charge", 1)
