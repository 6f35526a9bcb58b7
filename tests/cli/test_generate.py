import re

import pytest
import torch
from rdkit import Chem
from rdkit.Chem import AllChem

from torch_molfield.data import read_molecules
from torch_molfield.data.properties import find_targets
from torch_molfield.models import MoleculeGenerator


@pytest.fixture
def model(tmp_path):
    torch.manual_seed(0)
    generator = MoleculeGenerator(
        [(6, 3, 1), (8, 1, 1)], max_sites=2, max_atoms=8, hidden_channels=8, num_layers=1, num_heads=2
    )
    generator.size_model.counts[2, [6, 8]] = 1.0
    generator.spread[2] = torch.tensor([0.7, 0.3, 0.3])
    return generator.save_pretrained(tmp_path / "model")


@pytest.fixture
def command(model, tmp_path):
    return ("generate", "-n", 5, "--model", model, "--steps", 3, "--repairs", 0, "--out")


def test_an_sdf_file_has_all_samples_and_tells_what_they_are(molfield, command, tmp_path):
    outcome = molfield(*command, tmp_path / "new.sdf")
    assert outcome.code == 0, outcome.err
    assert [line.split()[0] for line in outcome.out.splitlines()] == ["stable", "valid", "drawn", "wrote"]
    assert re.search(
        r"valid   (\d) of 5 valid and connected, \d different; \d molecules? invalid or in pieces", outcome.out
    )
    assert re.search(
        r"drawn   \d+ compositions \(.*\), of which \d+ could not be a molecule and were drawn", outcome.out
    )
    found = list(Chem.SDMolSupplier(str(tmp_path / "new.sdf"), sanitize=False, removeHs=False))
    assert len(found) == 5 and {mol.GetNumAtoms() for mol in found} <= {6, 8}
    for mol in found:
        assert mol.GetProp("seed") == "0" and mol.GetProp("protocol") == "edm"
        assert mol.GetProp("valid") in ("yes", "no")


def test_the_same_seed_gives_the_same_file(molfield, command, tmp_path):
    for name, seed in (("a.xyz", 1), ("b.xyz", 1), ("c.xyz", 2)):
        assert molfield(*command, tmp_path / name, "--seed", seed).code == 0
    one, two, other = ((tmp_path / f"{name}.xyz").read_text() for name in "abc")
    assert one == two != other
    assert [len(molecule.z) in (6, 8) for molecule in read_molecules(tmp_path / "a.xyz")] == [True] * 5


def test_a_number_of_atoms(molfield, command, tmp_path):
    assert molfield(*command, tmp_path / "a.xyz", "--num-atoms", 8).code == 0
    assert {len(molecule.z) for molecule in read_molecules(tmp_path / "a.xyz")} == {8}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--num-atoms", 7), "--num-atoms must be a number that training molecules have, from 6 to 8"),
        (("--protocol", "guess"), "edm"),
        (("--model", "qdf"), "not generate"),
        (("-n", 0), "greater than or equal to 1"),
    ],
)
def test_bad_requests(refused, command, tmp_path, options, words):
    assert words in refused(*command, tmp_path / "a.sdf", *options)
    assert not (tmp_path / "a.sdf").exists()


def test_files(refused, molfield, command, tmp_path):
    assert "unsupported ending '.pdb'" in refused(*command, tmp_path / "a.pdb")
    (tmp_path / "a.smi").write_text("kept")
    assert "exists; choose another name, or --overwrite" in refused(*command, tmp_path / "a.smi")
    assert (tmp_path / "a.smi").read_text() == "kept"
    assert molfield(*command, tmp_path / "a.smi", "--overwrite").code == 0
    assert "kept" not in (tmp_path / "a.smi").read_text()


@pytest.fixture
def conditional(tmp_path):
    """Three heavy atoms, so that there are parts, shapes and variations."""
    torch.manual_seed(0)
    labels = [(6, 2, 2), (6, 3, 1), (8, 0, 2), (8, 1, 1)]
    generator = MoleculeGenerator(
        labels,
        max_sites=3,
        max_atoms=11,
        hidden_channels=8,
        num_layers=1,
        num_heads=2,
        properties=find_targets(["gap"]),
    )
    generator.size_model.counts[3, [9, 11]] = 1.0
    generator.size_model.counts[2, [6, 8]] = 1.0
    generator.spread[2:] = torch.tensor([1.0, 0.5, 0.3])
    generator.conditions.measure(torch.tensor([[4.0], [8.0]]))
    return generator.save_pretrained(tmp_path / "conditional")


@pytest.fixture
def asked(conditional, tmp_path):
    return ("generate", "-n", 3, "--model", conditional, "--steps", 3, "--repairs", 0, "--out", tmp_path / "new.sdf")


def sdf(path):
    return list(Chem.SDMolSupplier(str(path), sanitize=False, removeHs=False))


def test_conditions(molfield, asked, tmp_path):
    methanol = tmp_path / "methanol.sdf"
    mol = Chem.AddHs(Chem.MolFromSmiles("CO"))
    AllChem.EmbedMolecule(mol, randomSeed=1)
    Chem.MolToMolFile(mol, str(methanol))
    last = mol.GetNumAtoms()
    for options, heavy in (
        (("--num-heavy", 3), 3),
        (("--formula", "C2H6O"), 3),
        (("--property", "gap=5.5", "--guidance", 2), None),
        (("--shape", "CCO"), 3),
        (("--keep", methanol, "--replace", last), 3),
        (("--vary", "COC", "--strength", 0.5), 3),
    ):
        outcome = molfield(*asked, *options, "--overwrite")
        assert outcome.code == 0, (options, outcome.err)
        found = sdf(tmp_path / "new.sdf")
        assert len(found) == 3
        counts = {sum(atom.GetAtomicNum() > 1 for atom in mol.GetAtoms()) for mol in found}
        assert heavy is None or counts == {heavy}, options
    assert molfield(*asked, "--property", "gap=5.5", "--overwrite").code == 0
    assert sdf(tmp_path / "new.sdf")[0].GetProp("asked gap") == "5.5"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--property", "gap"), "--property must be NAME=VALUE, such as gap=5.0; got 'gap'"),
        (("--property", "gap=big"), "--property must be NAME=VALUE"),
        (("--property", "alpha=70"), "was not trained with the property 'alpha'; its properties are gap"),
        (("--guidance", 2), "--guidance is for --property"),
        (("--strength", 0.5), "--strength is for --vary"),
        (("--vary", "COC", "--strength", 2), "strength must be more than 0 and at most 1"),
        (("--formula", "C2H7O"), "odd number of electrons"),
        (("--formula", "C2H6O", "--num-heavy", 3), "exclude each other; give one of them"),
        (("--shape", "nothing.sdf"), "nothing.sdf"),
        (("--replace", "3"), "belong together: give a part, and which of its hydrogens"),
        (("--predictor", "qdf-missing"), "qdf-missing"),
        (("--novel", "qm9"), "root"),
    ],
)
def test_bad_conditions(refused, asked, tmp_path, options, words):
    assert words in refused(*asked, *options)
    assert not (tmp_path / "new.sdf").exists()


def test_numbers_of_atoms_of_a_part(refused, asked, tmp_path):
    (tmp_path / "part.xyz").write_text("2\n\nO 0 0 0\nH 0 0 0.96\n")
    part = ("--keep", tmp_path / "part.xyz", "--replace")
    assert "numbers of atoms separated by commas, such as 12,15; got '2;'" in refused(*asked, *part, "2;")
    assert "different hydrogens of the part, of [2] (numbers from 1); got [1]" in refused(*asked, *part, "1")


def test_filters_are_told(molfield, command, tmp_path):
    outcome = molfield(*command, tmp_path / "new.sdf", "--unique", "--protocol", "rdkit")
    assert outcome.code == 0, outcome.err
    (line,) = [line for line in outcome.out.splitlines() if line.startswith("filters")]
    kept = int(line.split()[1])
    assert line == f"filters {kept} of 5 kept" and len(sdf(tmp_path / "new.sdf")) == kept < 5


def test_filters_that_leave_nothing(refused, command, tmp_path):
    found = refused(*command, tmp_path / "new.sdf", "--check", "--novel", "CO")
    assert "no molecule of 5 passes the filters, so no file is written; ask for more" in found
    assert not (tmp_path / "new.sdf").exists()


def test_predictions_are_tags_of_an_sdf_file(molfield, command, tmp_path):
    assert molfield(*command, tmp_path / "new.sdf").code == 0
    for mol in sdf(tmp_path / "new.sdf"):
        assert mol.GetProp("predictor") == "qm9-properties"
        assert "±" in mol.GetProp("predicted gap / eV")
    assert molfield(*command, tmp_path / "new.sdf", "--predictor", "none", "--overwrite").code == 0
    assert not any(name.startswith("predict") for mol in sdf(tmp_path / "new.sdf") for name in mol.GetPropNames())
