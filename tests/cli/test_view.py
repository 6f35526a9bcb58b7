import json

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import molecule
from ase.io import write

from torch_molfield.calculators import SurfaceFile
from torch_molfield.calculators.surface_file import SurfaceRecord
from torch_molfield.functions.cube import CubeData, write_cube
from torch_molfield.models import ElectronDensityMolField, MolField
from torch_molfield.models.run_folder import write_settings
from torch_molfield.surface import mesh_field
from torch_molfield.testing.shapes import sphere


@pytest.fixture(scope="module")
def density(tmp_path_factory):
    torch.manual_seed(0)
    made = ElectronDensityMolField(width=8, tensors=4, layers=2)
    torch.nn.init.normal_(made.readout, std=0.02)
    return made.save_pretrained(tmp_path_factory.mktemp("density"))


@pytest.fixture
def water(tmp_path):
    path = tmp_path / "water.xyz"
    write(path, molecule("H2O"))
    return path


@pytest.fixture
def trajectory(tmp_path):
    path = tmp_path / "motion.xyz"
    frames = [Atoms("OHH", molecule("H2O").positions * (1 + 0.02 * k)) for k in range(5)]
    write(path, frames)
    return path


@pytest.fixture
def shown(molfield, tmp_path):
    """``shown(*arguments)`` -> the data of the page, and what the command printed."""

    def run(*arguments):
        out = tmp_path / "page.html"
        outcome = molfield("view", *arguments, "--out", out, "--overwrite")
        assert outcome.code == 0, outcome.err
        assert "page.html" in outcome.out
        text = out.read_text(encoding="utf-8").split('id="molfield-data">')[1].split("</script>")[0]
        return json.loads(text), outcome

    return run


def names(molecule):
    return [surface["name"] for surface in molecule["surfaces"]]


def test_a_molecule_has_its_density_and_potential_unasked(shown, density, water):
    data, _ = shown(water, "--model", density, "--spacing", 0.5)
    (molecule,) = data["molecules"]
    assert names(molecule) == [
        "electron density 0.001 e/bohr³",
        "van der Waals",
        "solvent-excluded",
        "electron density, any level",
    ]
    assert [surface["paint"] for surface in molecule["surfaces"]] == ["potential", "atom", "atom", "plain"]
    assert [paint["name"] for paint in molecule["surfaces"][1]["paints"]] == ["potential", "curvature"]
    assert dict(molecule["facts"])["formula"] == "H₂O"
    assert data["panes"] == [{"molecule": 0, "surface": 0}]


def test_without_a_density_the_surfaces_are_shown_and_the_reason_told(shown, tmp_path, density):
    write(tmp_path / "radical.xyz", molecule("OH"))
    data, outcome = shown(tmp_path / "radical.xyz", "--model", density, "--spacing", 0.5)
    assert names(data["molecules"][0]) == ["van der Waals", "solvent-excluded"]
    assert "no density and potential" in outcome.err


def test_two_arguments_are_shown_side_by_side(shown, water):
    data, _ = shown(water, water, "--surface", "sas", "--spacing", 0.5)
    assert [names(molecule) for molecule in data["molecules"]] == [["solvent-accessible"]] * 2
    assert data["panes"] == [{"molecule": 0, "surface": 0}, {"molecule": 1, "surface": 0}]


def test_frames_of_the_same_atoms_are_a_trajectory(shown, trajectory):
    data, outcome = shown(trajectory, "--num-frames", 3, "--spacing", 0.5)
    (molecule,) = data["molecules"]
    assert molecule["times"] == [0, 2, 4]
    assert len(molecule["surfaces"][0]["steps"]) == 3
    assert [track["label"] for track in molecule["tracks"]] == ["area, Å²", "volume, Å³"]
    assert "has 5 frames, 3 evenly spaced ones are shown" in outcome.err


def test_other_molecules_are_a_list_and_what_cannot_be_read_is_left_out(shown, tmp_path):
    path = tmp_path / "library.smi"
    path.write_text("O water\nnothing here\nN ammonia\nC methane\n")
    with pytest.warns(UserWarning, match="number 1 is left out"):
        data, outcome = shown(path, "--surface", "none", "--num-frames", 3)
    assert [molecule["name"] for molecule in data["molecules"]] == ["water", "ammonia"]
    assert "has 4 molecules, the first 3 are shown" in outcome.err


def test_conformers_have_a_time_limit_and_only_the_shown_ones_are_made(shown, refused, tmp_path):
    path = tmp_path / "library.smi"
    path.write_text(f"O water\n{'C' * 2000} long\n")
    _, outcome = shown(path, "--surface", "none", "--num-frames", 1)
    assert "has 2 molecules, the first is shown" in outcome.err
    sentence = refused("view", "C" * 200, "--max-seconds", 0.0001, "--out", tmp_path / "b.html")
    assert "takes more than 0.0001 s; allow more (--max-seconds), or give a file" in sentence


def test_an_sd_file_tells_its_tags(shown, tmp_path):
    from rdkit import Chem
    from rdkit.Chem import AllChem

    mol = Chem.AddHs(Chem.MolFromSmiles("C=O"))
    AllChem.EmbedMolecule(mol, randomSeed=1)
    mol.SetProp("_Name", "formaldehyde")
    mol.SetProp("stable", "yes")
    with Chem.SDWriter(str(tmp_path / "one.sdf")) as writer:
        writer.write(mol)
    data, _ = shown(tmp_path / "one.sdf", "--surface", "none")
    (found,) = data["molecules"]
    assert found["name"] == "formaldehyde"
    assert {("stable", "yes"), ("SMILES", "C=O")} <= {tuple(fact) for fact in found["facts"]}
    assert max(order for *_, order in found["bonds"]) == 2


def test_a_learned_surface_stands_beside_the_exact_one(shown, water, tmp_path):
    torch.manual_seed(0)
    model = MolField(hidden=8, depth=2, num_frequencies=16, width=8, vectors=2, heads=2, trunk_layers=1)
    folder = model.save_pretrained(tmp_path / "model")
    write_settings(folder, "surface", {"surface": "ses", "probe_radius": 1.4})
    data, _ = shown(water, "--model", folder, "--spacing", 0.5)
    exact, learned = data["molecules"][0]["surfaces"]
    assert exact["name"] == "solvent-excluded"
    assert learned["name"] == "learned by model" and learned["paint"] == "error"
    assert [pane["surface"] for pane in data["panes"]] == [0, 1]


def test_a_cube_file(shown, tmp_path):
    nodes = np.linspace(-2, 2, 15)
    x, y, z = np.meshgrid(nodes, nodes, nodes, indexing="ij")
    values = (x * np.exp(-(x**2 + y**2 + z**2)))[..., None]
    cube = CubeData(values, np.full(3, -2.0), np.eye(3) * (nodes[1] - nodes[0]), np.array([6]), np.zeros((1, 3)))
    write_cube(tmp_path / "orbital.cube", cube)
    data, _ = shown(tmp_path / "orbital.cube", "--level", 0.1)
    (surface,) = data["molecules"][0]["surfaces"]
    assert surface["axis"] == "level" and surface["paint"] == "sign"
    assert surface["steps"][surface["start"]]["level"] == 0.1


def test_a_run_is_shown_with_its_log(shown, tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    mesh = mesh_field(sphere(2.0, (0.0, 0.0, 0.0)), [[-3] * 3, [3] * 3], 0.5)
    file = SurfaceFile.create(run / "surface.surfaces", [8, 1, 1], "ses", 0.5)
    for step in range(3):
        file.append(SurfaceRecord(step, 0.5 * step, molecule("H2O").positions, mesh))
    log = "step,time_fs,potential_eV,kinetic_eV,total_eV,temperature_K\n0,0,-10,0,-10,300\n2,1,-9,0,-9,310\n"
    (run / "log.csv").write_text(log)
    data, _ = shown(run)
    (found,) = data["molecules"]
    assert names(found) == ["solvent-excluded"]
    tracks = {track["label"]: track["y"] for track in found["tracks"]}
    assert tracks["potential energy, eV"] == [0, 1] and tracks["temperature, K"] == [300, 310]
    assert found["time_unit"] == "fs"


def test_a_run_without_surfaces_is_its_trajectory(shown, tmp_path, trajectory):
    (tmp_path / "bare").mkdir()
    trajectory.rename(tmp_path / "bare" / "trajectory.extxyz")
    data, _ = shown(tmp_path / "bare", "--surface", "none")
    assert len(data["molecules"][0]["frames"]) == 5


def test_bad_input_gets_a_sentence(refused, water, trajectory, density, tmp_path):
    page = tmp_path / "there.html"
    page.write_text("")
    assert "exists; choose another name, or --overwrite" in refused("view", "CCO", "--out", page)
    assert "unsupported ending" in refused("view", "CCO", "--out", tmp_path / "page.png")
    assert "--level is for .cube files" in refused("view", water, "--level", 1, "--out", tmp_path / "a.html")
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "no surface.surfaces and no trajectory.extxyz" in refused("view", empty, "--out", tmp_path / "a.html")
    sentence = refused("view", trajectory, "--surface", "isodensity", "--model", density, "--out", tmp_path / "a.html")
    assert "for a trajectory take vdw, sas or ses" in sentence
    assert "num-frames" in refused("view", trajectory, "--num-frames", 100000, "--out", tmp_path / "a.html")
