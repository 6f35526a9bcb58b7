import subprocess
import sys

import pytest

from torch_molfield import __version__
from torch_molfield.cli import main as module
from torch_molfield.models import EnergyMolField


def test_help_lists_the_commands(molfield):
    outcome = molfield("--help")
    assert outcome.code == 0
    for command in ("surface", "info"):
        assert command in outcome.out


@pytest.mark.parametrize(
    "command",
    [
        *[("train", task) for task in ("surface", "density", "property")],
        *[(name,) for name in ("train", "surface", "encode", "evaluate", "demo", "info")],
    ],
)
def test_every_command_has_a_help(molfield, command):
    outcome = molfield(*command, "--help")
    assert outcome.code == 0
    assert outcome.out.split()[:2] == ["Usage:", "molfield"]


def test_no_command_prints_the_help(molfield):
    outcome = molfield()
    assert outcome.code == 1
    assert "Usage" in outcome.out + outcome.err


@pytest.mark.parametrize(
    "command", [("evaluate",), *[("train", task) for task in ("surface", "density", "forces", "property", "qdf")]]
)
def test_the_help_lists_the_datasets(monkeypatch, molfield, command):
    monkeypatch.setenv("COLUMNS", "600")
    out = molfield(*command, "--help").out
    for name in ("bundled", "rmd17/NAME", "qm9/SIZE", "qm9/under14", "a SMILES"):
        assert name in out


@pytest.mark.parametrize("arguments", [("paint",), ("surface",), ("surface", "CCO", "--colour", "red")])
def test_wrong_usage_is_one_line(refused, arguments):
    refused(*arguments)


def test_wrong_value_names_the_option(refused):
    assert "--spacing" in refused("surface", "CCO", "--spacing", "wide")
    sentence = refused("surface", "CCO", "--kind", "round")
    assert "--kind" in sentence and "Value error" not in sentence


def test_an_error_of_the_system_names_the_file(monkeypatch, refused):
    def fails(*_, **__):
        raise PermissionError(13, "Permission denied", "weights.bin")

    monkeypatch.setattr("torch_molfield.data.io.read.read_molecule_argument", fails)
    assert "weights.bin: Permission denied" in refused("info", "CCO")


def test_interruption(monkeypatch, molfield):
    def interrupted(**_):
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "app", interrupted)
    assert molfield("info") == (130, "", "molfield: interrupted.\n")


def test_interruption_within_a_command(monkeypatch, molfield):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("torch_molfield.data.io.read.read_molecule_argument", interrupted)
    assert molfield("info", "CCO") == (130, "", "molfield: interrupted.\n")


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (
            "train",
            "interrupted; the same command with --resume continues from the last checkpoint, where one was written.",
        ),
        ("encode", "interrupted; the same command continues from what was written last."),
        ("info", "interrupted."),
        (
            "md",
            "interrupted; molfield md OUT/trajectory.extxyz --frame -1 --out NEW continues from the last recorded "
            "frame.",
        ),
        ("predict a.smi --out a.csv", "interrupted."),
        ("predict a.smi --out folder", "interrupted; the same command continues from what was written last."),
    ],
)
def test_interruption_of_lightning(monkeypatch, molfield, command, sentence):
    def interrupted(**_):
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt:
            raise SystemExit(1)  # noqa: B904  # as Lightning does

    monkeypatch.setattr(module, "app", interrupted)
    assert molfield(*command.split()) == (130, "", f"molfield: {sentence}\n")


def test_what_was_saved_is_told(monkeypatch, molfield):
    def interrupted(**_):
        try:
            raise KeyboardInterrupt("the checkpoint of step 12 was saved")
        except KeyboardInterrupt:
            raise SystemExit(1)  # noqa: B904  # as Lightning does

    monkeypatch.setattr(module, "app", interrupted)
    sentence = "the checkpoint of step 12 was saved, and the same command with --resume continues from there"
    assert molfield("train") == (130, "", f"molfield: interrupted; {sentence}.\n")


def test_an_exit_of_another_kind_is_kept(monkeypatch, molfield):
    def ended(**_):
        raise SystemExit(3)

    monkeypatch.setattr(module, "app", ended)
    assert molfield("info") == (3, "", "")


def test_a_defect_keeps_its_traceback(monkeypatch):
    def broken(**_):
        raise KeyError("a defect")

    monkeypatch.setattr(module, "app", broken)
    with pytest.raises(KeyError):
        module.main(["info"])


def test_a_warning_is_one_line(tmp_path):
    atoms = ["HETATM    1  C   LIG A   1       0.000   0.000   0.000  1.00  0.00           C"]
    copy = atoms[0].replace("   0.000   0.000   0.000", "   0.050   0.000   0.000")
    path = tmp_path / "copies.pdb"
    path.write_text("\n".join([*atoms, "TER", copy, "END"]) + "\n")
    command = [sys.executable, "-c", "from torch_molfield.cli.main import main; main()", "info", str(path)]
    outcome = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert outcome.returncode == 0, outcome.stderr
    (line,) = outcome.stderr.splitlines()
    assert line.startswith("molfield: warning: ") and "copies.pdb" in line and ".py" not in line


def test_the_version(molfield):
    assert molfield("--version").out == f"torch_molfield {__version__}\n"


@pytest.mark.parametrize("command", [(), ("surface",), ("train",), ("train", "forces"), ("train", "fields")])
def test_the_short_option_of_help(molfield, command):
    outcome = molfield(*command, "-h")
    assert outcome.code == 0 and outcome.out == molfield(*command, "--help").out


def test_weights_from_a_folder(molfield, refused, tmp_path, monkeypatch):
    monkeypatch.setenv("MOLFIELD_WEIGHTS", "")  # put back afterwards
    EnergyMolField(width=8, vectors=2).save_pretrained(tmp_path / "mine")
    outcome = molfield("--weights", tmp_path, "info", "mine")
    assert outcome.code == 0 and "EnergyMolField" in outcome.out
    assert f"nor in {tmp_path} (mine)" in refused("--weights", tmp_path, "predict", "C", "--model", "yours")
