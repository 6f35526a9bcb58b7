import math

import pytest
import torch
from ase import Atoms
from ase.build import molecule as atoms
from ase.io import write

from torch_molfield.fields import GridField, PromolecularDensity
from torch_molfield.models import MolField
from torch_molfield.surface import read_mesh

HELIUM_RADIUS = 1.40


@pytest.fixture
def helium(tmp_path):
    path = tmp_path / "he.xyz"
    write(path, [Atoms("He", positions=[[1.0, 2.0, 3.0]]), Atoms("He", positions=[[5.0, 0.0, 0.0]])])
    return path


@pytest.fixture
def model_folder(tmp_path):
    torch.manual_seed(0)
    model = MolField(hidden=16, depth=2, width=16, num_frequencies=16, vectors=4, heads=2, groups=2)
    return model.save_pretrained(tmp_path / "model")


@pytest.mark.parametrize("ending", ["ply", "obj", "glb"])
def test_mesh_of_a_sphere(molfield, helium, tmp_path, ending):
    out = tmp_path / "deep" / f"he.{ending}"
    outcome = molfield("surface", helium, "--spacing", 0.1, "--out", out)
    assert outcome.code == 0, outcome.err
    mesh = read_mesh(out)
    assert mesh.volume == pytest.approx(4 / 3 * math.pi * HELIUM_RADIUS**3, rel=0.01)
    assert mesh.vertices.mean(axis=0) == pytest.approx([1, 2, 3], abs=0.02)
    assert f"area    {4 * math.pi * HELIUM_RADIUS**2:.1f}" in outcome.out


def test_kind_probe_and_frame(molfield, helium, tmp_path):
    out = tmp_path / "he.ply"
    molfield("surface", helium, "--kind", "sas", "--probe-radius", 1.0, "--frame", -1, "--out", out)
    mesh = read_mesh(out)
    assert mesh.volume == pytest.approx(4 / 3 * math.pi * (HELIUM_RADIUS + 1.0) ** 3, rel=0.02)
    assert mesh.vertices.mean(axis=0) == pytest.approx([5, 0, 0], abs=0.03)


def test_solvent_excluded_surface_holds_the_van_der_waals_one(molfield, tmp_path):
    for kind in ("vdw", "ses"):
        assert molfield("surface", "CCO", "--kind", kind, "--out", tmp_path / f"{kind}.ply").code == 0
    assert read_mesh(tmp_path / "ses.ply").volume > read_mesh(tmp_path / "vdw.ply").volume


def test_cube_holds_the_signed_distance(molfield, helium, tmp_path):
    out = tmp_path / "he.cube"
    outcome = molfield("surface", helium, "--kind", "sas", "--spacing", 0.5, "--out", out)
    assert outcome.code == 0 and "Å" in outcome.out
    grid = GridField.from_cube(out)
    expected = (grid.points() - torch.tensor([1.0, 2.0, 3.0])).norm(dim=1) - HELIUM_RADIUS - 1.4
    torch.testing.assert_close(grid.values.flatten().double(), expected, atol=1e-4, rtol=1e-4)
    assert expected.min() < 0 < expected.max()


def test_learned_surface_as_cube_is_the_model(molfield, helium, tmp_path, model_folder):
    out = tmp_path / "he.cube"
    assert molfield("surface", helium, "--model", model_folder, "--spacing", 1.0, "--out", out).code == 0
    grid = GridField.from_cube(out)
    model = MolField.from_pretrained(model_folder)
    field = model(torch.tensor([2]), torch.tensor([[1.0, 2.0, 3.0]]))
    expected = field(grid.points().float()).detach().flatten()
    torch.testing.assert_close(grid.values.flatten(), expected, atol=1e-4, rtol=1e-3)


def test_a_closed_form_field_at_a_level(molfield, helium, tmp_path):
    out = tmp_path / "he.ply"
    outcome = molfield("surface", helium, "--field", "promolecular", "--level", 0.02, "--spacing", 0.15, "--out", out)
    assert outcome.code == 0
    vertices = torch.as_tensor(read_mesh(out).vertices, dtype=torch.float32)
    values = PromolecularDensity()(vertices, torch.tensor([2]), torch.tensor([[1.0, 2.0, 3.0]]))
    torch.testing.assert_close(values, torch.full_like(values, 0.02), rtol=5e-3, atol=0)


def test_one_channel_of_a_field(molfield, tmp_path):
    for channel in ("C", "O"):
        out = tmp_path / f"{channel}.ply"
        given = ("--field", "torch_molfield.fields:GaussianField", "--channel", channel, "--level", 1.0)
        assert molfield("surface", "CO", *given, "--out", out).code == 0
    assert read_mesh(tmp_path / "C.ply").volume > read_mesh(tmp_path / "O.ply").volume


def test_the_density_of_a_quantum_deep_field(molfield, tmp_path):
    out = tmp_path / "rho.cube"
    outcome = molfield("surface", "C", "--model", "qdf", "--spacing", 0.6, "--out", out)
    assert outcome.code == 0 and "e/Å^3" in outcome.out
    values = GridField.from_cube(out).values
    assert float(values.min()) >= 0 and float(values.max()) > 0.5


class TestBadInput:
    @pytest.fixture(autouse=True)
    def _nothing_is_left_behind(self, tmp_path):
        yield
        assert not list(tmp_path.rglob("*.ply"))

    def test_missing_file(self, refused, tmp_path):
        assert "nowhere.pdb" in refused("surface", "nowhere.pdb", "--out", tmp_path / "a.ply")

    def test_smiles_that_rdkit_refuses(self, refused, tmp_path):
        assert "C(C)(C)(C)(C)C" in refused("surface", "C(C)(C)(C)(C)C", "--out", tmp_path / "a.ply")

    def test_unsupported_ending_of_the_input(self, refused, tmp_path):
        (tmp_path / "molecule.docx").write_text("x")
        message = refused("surface", tmp_path / "molecule.docx", "--out", tmp_path / "a.ply")
        assert ".docx" in message and ".sdf" in message

    def test_truncated_file(self, refused, tmp_path):
        (tmp_path / "cut.xyz").write_text("3\n\nO 0 0 0\n")
        assert "cut.xyz" in refused("surface", tmp_path / "cut.xyz", "--out", tmp_path / "a.ply")

    def test_unsupported_ending_of_the_output(self, refused, helium, tmp_path):
        message = refused("surface", helium, "--out", tmp_path / "a.stl")
        assert ".stl" in message and ".glb" in message

    def test_unwritable_folder(self, refused, helium, tmp_path):
        (tmp_path / "taken").write_text("")
        assert "taken" in refused("surface", helium, "--out", tmp_path / "taken" / "a.ply")

    def test_frame_that_is_not_there(self, refused, helium, tmp_path):
        assert "2 frames" in refused("surface", helium, "--frame", 2, "--out", tmp_path / "a.ply")

    def test_element_without_a_radius(self, refused, tmp_path):
        write(tmp_path / "cm.xyz", Atoms("Cm"))
        assert "Cm" in refused("surface", tmp_path / "cm.xyz", "--out", tmp_path / "a.ply")

    def test_kind_and_model(self, refused, helium, tmp_path):
        assert "--model" in refused("surface", helium, "--kind", "ses", "--model", "m", "--out", tmp_path / "a.ply")

    def test_a_density_without_a_level(self, refused, helium, tmp_path):
        message = refused("surface", helium, "--field", "promolecular", "--out", tmp_path / "a.ply")
        assert "electron_density" in message and "--level" in message

    def test_several_channels(self, refused, tmp_path):
        message = refused("surface", "CO", "--field", "gaussian", "--level", 1, "--out", tmp_path / "a.ply")
        assert "--channel" in message and "C, N, O" in message
        given = ("--field", "gaussian", "--channel", "Xx", "--level", 1)
        assert "not 'Xx'" in refused("surface", "CO", *given, "--out", tmp_path / "a.ply")

    def test_a_level_of_a_cube_file(self, refused, helium, tmp_path):
        assert "--level" in refused("surface", helium, "--level", 1, "--out", tmp_path / "a.cube")

    def test_unknown_field(self, refused, helium, tmp_path):
        message = refused("surface", helium, "--field", "gauss", "--out", tmp_path / "a.ply")
        assert "'gauss' is unknown" in message and "gaussian" in message

    def test_model_without_a_function(self, refused, helium, tmp_path):
        message = refused("surface", helium, "--model", "md-forces", "--out", tmp_path / "a.ply")
        assert (
            "EnergyMolField, which is for the commands info, evaluate, predict, encode and md, not surface" in message
        )

    def test_unknown_model(self, refused, helium, tmp_path):
        assert "no_such_model" in refused("surface", helium, "--model", "no_such_model", "--out", tmp_path / "a.ply")

    def test_unknown_configuration_key(self, refused, helium, tmp_path, model_folder):
        config = model_folder / "config.json"
        config.write_text(config.read_text().replace('"hidden"', '"hiden"'))
        assert "hiden" in refused("surface", helium, "--model", model_folder, "--out", tmp_path / "a.ply")

    def test_checkpoint_of_another_version(self, refused, helium, tmp_path, model_folder):
        config = model_folder / "config.json"
        config.write_text(config.read_text().replace('"format": 2', '"format": 999'))
        assert "999" in refused("surface", helium, "--model", model_folder, "--out", tmp_path / "a.ply")

    def test_checkpoint_with_missing_keys(self, refused, helium, tmp_path, model_folder):
        from safetensors.torch import load_file, save_file

        state = load_file(model_folder / "model.safetensors")
        gone = sorted(state)[0]
        del state[gone]
        save_file(state, model_folder / "model.safetensors")
        assert gone in refused("surface", helium, "--model", model_folder, "--out", tmp_path / "a.ply")

    def test_truncated_checkpoint(self, refused, helium, tmp_path, model_folder):
        weights = model_folder / "model.safetensors"
        weights.write_bytes(weights.read_bytes()[:100])
        assert "truncated" in refused("surface", helium, "--model", model_folder, "--out", tmp_path / "a.ply")


def test_a_frame_beyond_all_numbers(refused, tmp_path):
    write(tmp_path / "water.xyz", atoms("H2O"))
    out = ("--out", tmp_path / "out.ply")
    assert "has 1 frame, numbered from 0" in refused("surface", tmp_path / "water.xyz", "--frame", 10**20, *out)
    (tmp_path / "bad.traj").write_text("hello")
    assert "is not an ASE trajectory, or is damaged" in refused("surface", tmp_path / "bad.traj", *out)


def test_a_probe_that_is_not_used(refused, molfield, tmp_path, helium):
    out = ("--out", tmp_path / "out.ply")
    for kind in ((), ("--kind", "vdw"), ("--model", "md-surfaces")):
        assert "--probe-radius belongs to" in refused("surface", helium, *kind, "--probe-radius", 2, *out)
    assert molfield("surface", helium, "--kind", "sas", "--probe-radius", 2, *out).code == 0


def test_a_spacing_coarser_than_atoms(molfield, tmp_path, helium):
    with pytest.warns(UserWarning, match="a spacing of 1.2 Å is larger than atoms"):
        assert molfield("surface", helium, "--spacing", 1.2, "--out", tmp_path / "out.cube").code == 0
