import pytest
import typer

from torch_molfield.cli.main import app
from torch_molfield.cli.sentences import in_shell, options_of, shortened

OPTIONS = {
    "charge": "--charge",
    "formula": "--formula",
    "max_steps": "--max-steps",
    "steps": "--steps",
    "hydrogens": "--hydrogens",
    "start": "--from",
}


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ("give max_steps or an end.", "give --max-steps or an end."),
        ("steps must be 2 to 9, got 1.", "--steps must be 2 to 9, got 1."),
        ("begin elsewhere, or take smaller steps.", "begin elsewhere, or take smaller steps."),
        ("use hydrogens='keep'.", "use --hydrogens keep."),
        ("/tmp/max_steps/run is no folder.", "/tmp/max_steps/run is no folder."),
        ("'max_steps' is no key.", "'max_steps' is no key."),
        ("use --max-steps.", "use --max-steps."),
        ("charge: 9 electrons; give it.", "--charge: 9 electrons; give it."),
        ("a.xyz, molecule 0: charge: 9 electrons.", "a.xyz, molecule 0: --charge: 9 electrons."),
        ("pos: molecule 0 of the batch (atom 0) is far.", "the molecule (atom 0) is far."),
        ("formula and max_steps exclude each other.", "--formula and --max-steps exclude each other."),
        ("charge and formula belong together.", "--charge and --formula belong together."),
        (
            "charge must be a number; set atoms.info['charge'].",
            "--charge must be a number; correct the charge of the file or SMILES.",
        ),
        ("no radius (Give it to SignedDistanceField as radii={number: Å}.)", "no radius"),
        (
            "a value on the surface is needed; give the value on the surface as level=….",
            "a value on the surface is needed; give the value on the surface with --level.",
        ),
        ("unknown configuration key 'x'; known are max_steps.", "unknown configuration key 'x'; known are max_steps."),
        (
            "no value for Og; give it by the argument overrides={atomic number: value}.",
            "no value for Og; leave such molecules out.",
        ),
        (
            "built around a trained field of surfaces; give one.",
            "built around a trained field of surfaces; give one with --from.",
        ),
    ],
)
def test_arguments_are_options(message, sentence):
    assert in_shell(message, OPTIONS) == sentence


def test_the_options_of_a_command():
    command = typer.main.get_command(app)
    assert options_of(command, ["md", "CCO", "--model", "x"])["keep_water"] == "--keep-water"
    assert options_of(command, ["train", "surface", "CCO"])["start"] == "--from"
    assert options_of(command, ["train", "no:Such", "CCO"]) == options_of(command, ["paint"]) == {}


def test_a_long_smiles_is_shortened():
    long = "C" * 100
    assert shortened(f"no SMILES: {long}.") == f"no SMILES: {'C' * 60}…."
    assert shortened(f"'{'C(=O)' * 30}' is none") == f"'{'C(=O)' * 12}…' is none"
    path = f"/tmp/{'folder1/' * 12}file.xyz"
    assert shortened(path) == path


def test_messages_of_commands(refused, tmp_path):
    assert "give --max-steps or --max-minutes" in refused("train", "surface", "CCO", "--out", tmp_path / "run")
    sentence = refused("train", "motion", "water_dimer", "--max-steps", 1, "--out", tmp_path / "run")
    assert "give one with --from." in sentence
    sentence = refused("surface", f"{'C' * 200}Q")
    assert f"{'C' * 60}…" in sentence and "C" * 61 not in sentence
