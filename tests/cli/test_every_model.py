"""Every class of models and every shipped model with every command: it works, or says in a sentence what works."""

from pathlib import Path

import pytest
import torch
from ase.build import molecule
from ase.io import write

from torch_molfield.data.words import with_article
from torch_molfield.models import (
    MODELS,
    ElectronDensityMolField,
    InterpolatedMolField,
    MoleculeGenerator,
    MovingMolField,
    list_pretrained,
    load_model,
)
from torch_molfield.models.load import INFO, served_class
from torch_molfield.models.run_folder import write_settings
from torch_molfield.training import FieldRecipe

COMMANDS = ("info", "evaluate", "predict", "encode", "surface", "density", "potential", "md", "generate")
SHARDS = Path(__file__).resolve().parents[2] / "datasets" / "electron_density" / "small"
FIELD = {"hidden": 8, "depth": 2, "num_frequencies": 8, "width": 8, "vectors": 2, "heads": 2, "trunk_layers": 1}
LATENT = {"channels": ("H", "C", "O"), "half_width": 5.0, "network": {"latent": 4, "hidden": 8, "depth": 2}}
SURFACE = {"surface": "vdw", "probe_radius": 1.4}
GENERATOR = {
    "labels": [(6, 3, 1), (8, 1, 1)],
    "max_sites": 2,
    "max_atoms": 6,
    "hidden_channels": 8,
    "num_layers": 1,
    "num_heads": 2,
}
#: class -> arguments that make a tiny model, the task that trains it, settings of that task
TINY = {
    "DynamicSurface": ({"hidden": 16, "depth": 2, "skip": 1, "latent": 2}, None, {}),
    "ElectronDensityMolField": ({"width": 8, "tensors": 4, "layers": 2}, "electron-density", {}),
    "EnergyMolField": ({"width": 8, "vectors": 2, "layers": 1, "charges": True}, "forces", {}),
    "FittedSurface": ({"hidden": 8, "depth": 1}, None, {}),
    "GraphNeuralField": ({**LATENT, "field": FIELD}, None, {}),
    "GridNeuralField": ({**LATENT, "grid": 8}, None, {}),
    "InterpolatedMolField": ({"width": 8, "vectors": 2, "layers": 1, "field": FIELD}, "interpolation", {}),
    "MolField": (FIELD, "surface", SURFACE),
    "MolecularNeuralField": (LATENT, None, {}),
    "MovingMolField": ({"width": 8, "vectors": 2, "layers": 1, "field": FIELD}, "motion", {"width": 8}),
    "MoleculeGenerator": (GENERATOR, "generator", {}),
    "PatchedMolField": ({"field": FIELD}, "patches", SURFACE),
    "PropertyMolField": ({"targets": [{"name": "energy"}], "width": 8, "field": FIELD}, "property", {}),
    "QuantumDeepField": ({"targets": [{"name": "energy"}], "width": 4, "layers": 1}, "qdf", {"targets": ["energy"]}),
}
OWN = [name for name in MODELS if MODELS.get(name).__module__.startswith("torch_molfield.")]


def data(model, folder):
    """What the model can be evaluated on: frames in order, frames with forces, or a file of two molecules."""
    network = load_model(model)
    if hasattr(network, "forces") or isinstance(network, MovingMolField | InterpolatedMolField):
        return "water_dimer"
    atoms = molecule("CH3OH" if isinstance(network, MoleculeGenerator) else "H2O")
    values = {"vector": [0.0, 0.0, 1.0]}
    atoms.info.update({target.name: values.get(target.kind, 1.0) for target in getattr(network, "targets", ())})
    write(folder / "two.extxyz", [atoms, atoms])
    return folder / "two.extxyz"


def arguments(command, model, folder):
    """A small use of a command."""
    out = ("--out", folder / command)
    if command == "evaluate":
        if isinstance(load_model(model), ElectronDensityMolField):
            return ("evaluate", model, "electron-densities", "--root", SHARDS, "--count", 1, *out)
        return ("evaluate", model, data(model, folder), "--count", 1, "--spacing", 0.5, "--samples", 100, *out)
    if command == "encode":
        (folder / "library.smi").write_text("CO methanol\n")
        return ("encode", folder / "library.smi", "--model", model, *out)
    return {
        "info": ("info", model),
        "predict": ("predict", "CO", "--model", model),
        "surface": ("surface", "CO", "--model", model, "--spacing", 1.0, "--out", folder / "grid.cube"),
        "density": ("density", "CO", "--model", model, "--spacing", 1.0, "--out", folder / "density.cube"),
        "potential": ("potential", "CO", "--model", model, "--spacing", 0.6, "--out", folder / "potential.ply"),
        "md": ("md", "CO", "--model", model, "--steps", 1, *out),
        "generate": ("generate", "-n", 2, "--model", model, "--steps", 2, "--out", folder / "new.sdf"),
    }[command]


def tiny(name, folder):
    """The folder of a tiny model of a class."""
    torch.manual_seed(0)
    settings, task, trained = TINY[name]
    model = MODELS.get(name)(**settings)
    if name == "MoleculeGenerator":
        model.size_model.counts[2, 6] = 1.0
    model.save_pretrained(folder)
    FieldRecipe(channels=LATENT["channels"]).save(folder)
    if task is not None:
        write_settings(folder, task, trained)
    return folder


def works(molfield, command, model, folder):
    outcome = molfield(*arguments(command, model, folder))
    assert outcome.code == 0, outcome.err
    assert outcome.out


def served(cls):
    assert set(cls.commands) <= set(COMMANDS)
    return (INFO, *cls.commands)


def test_there_is_a_tiny_model_of_every_class():
    assert set(TINY) == set(OWN)


@pytest.mark.parametrize(
    ("name", "command"), [(name, command) for name in TINY for command in served(MODELS.get(name))]
)
def test_every_class(molfield, tmp_path, name, command):
    works(molfield, command, tiny(name, tmp_path / "model"), tmp_path)


@pytest.mark.parametrize("name", TINY)
def test_other_commands_are_refused(refused, tmp_path, name):
    model, takes = tiny(name, tmp_path / "model"), served(MODELS.get(name))
    listed = f"commands {', '.join(takes[:-1])} and {takes[-1]}" if len(takes) > 1 else f"command {takes[0]}"
    for command in set(COMMANDS) - set(takes):
        sentence = f"molfield: {model} is {with_article(name)}, which is for the {listed}, not {command}.\n"
        assert refused(*arguments(command, model, tmp_path)) == sentence


@pytest.mark.parametrize(
    ("name", "command"), [(name, command) for name in list_pretrained() for command in served(served_class(name))]
)
def test_every_shipped_model(molfield, tmp_path, name, command):
    works(molfield, command, name, tmp_path)


@pytest.mark.parametrize(
    ("name", "options", "volume"),
    [
        ("md-surfaces", (), (30, 50)),
        ("qm9-density", ("--channel", "C", "--level", 0.5), (0.5, 1.5)),
        ("qdf-quadrature", ("--level", 0.05), (20, 80)),
    ],
)
def test_the_surface_of_a_shipped_model(molfield, tmp_path, name, options, volume):
    outcome = molfield("surface", "CO", "--model", name, *options, "--spacing", 0.3, "--out", tmp_path / "a.ply")
    assert outcome.code == 0, outcome.err
    assert volume[0] < float(outcome.out.split("volume")[1].split()[0]) < volume[1]


def test_a_density_needs_a_level_and_a_channel(refused, tmp_path):
    command = ("surface", "CO", "--out", tmp_path / "a.ply", "--model")
    assert "with --level" in refused(*command, "qdf")
    assert "choose one of H, C, N, O, F" in refused(*command, "qm9-density", "--level", 0.5)
