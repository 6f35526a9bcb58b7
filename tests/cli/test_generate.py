import pytest
import torch
from rdkit import Chem

from torch_molfield.data import read_molecules
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
    assert [line.split()[0] for line in outcome.out.splitlines()] == ["stable", "valid", "labels", "wrote"]
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
