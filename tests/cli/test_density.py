import re

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import molecule
from ase.io import write

from torch_molfield.data.units import BOHR
from torch_molfield.fields import GridField
from torch_molfield.models import ElectronDensityMolField
from torch_molfield.surface import read_mesh
from torch_molfield.surface.files import read_vertex_values


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    torch.manual_seed(0)
    made = ElectronDensityMolField(width=8, tensors=4, layers=2)
    torch.nn.init.normal_(made.readout, std=0.02)
    return made.save_pretrained(tmp_path_factory.mktemp("model"))


@pytest.fixture
def water(tmp_path):
    path = tmp_path / "water.xyz"
    write(path, molecule("H2O"))
    return path


def test_a_cube_file_holds_the_electrons_outside_of_the_core(molfield, model, water, tmp_path):
    out = tmp_path / "rho.cube"
    outcome = molfield("density", water, "--model", model, "--spacing", 0.1, "--out", out)
    assert outcome.code == 0, outcome.err
    assert "electrons   10.000" in outcome.out and "charge      0 e (assumed" in outcome.out
    grid = GridField.from_cube(out)
    assert float(grid.values.sum()) * (0.1 / BOHR) ** 3 == pytest.approx(10, rel=0.1)


def test_the_deformation_holds_the_charge_alone(molfield, model, tmp_path):
    out = tmp_path / "difference.cube"
    outcome = molfield("density", "[OH-]", "--model", model, "--deformation", "--out", out)
    assert outcome.code == 0, outcome.err
    assert "charge      -1 e (of the SMILES)" in outcome.out and "electrons   10.000" in outcome.out
    assert float(GridField.from_cube(out).values.sum()) * (0.2 / BOHR) ** 3 == pytest.approx(1, abs=0.15)


def test_a_surface_of_the_density(molfield, model, water, tmp_path):
    volumes = []
    for level in (0.001, 0.01):
        out = tmp_path / f"{level}.ply"
        molfield("density", water, "--model", model, "--level", level, "--spacing", 0.3, "--out", out)
        volumes.append(read_mesh(out).volume)
    assert 20 < volumes[0] < 45 and volumes[1] < 0.8 * volumes[0]


@pytest.mark.parametrize("command", ["density", "potential"])
@pytest.mark.parametrize("ending", [".cube", ".ply"])
def test_atoms_far_apart_are_refused_with_a_coarser_grid(refused, model, tmp_path, command, ending):
    path, out = tmp_path / "far.xyz", tmp_path / f"far{ending}"
    write(path, Atoms("OO", [[0, 0, 0], [300, 300, 300]]))
    sentence = refused(command, path, "--model", model, "--out", out)
    assert re.search(r"a grid of 15\d\d × 15\d\d × 15\d\d points takes \d+\.\d GiB of memory", sentence)
    assert re.search(r"use --spacing 0\.\d+ or more, or a smaller molecule\.$", sentence)
    assert not out.exists()


@pytest.mark.parametrize("surface", ["isodensity", "vdw"])
def test_a_painted_surface(molfield, model, water, tmp_path, surface):
    out = tmp_path / "esp.ply"
    command = ("potential", water, "--model", model, "--charge", 2, "--surface", surface, "--spacing", 0.4)
    outcome = molfield(*command, "--limit", 200, "--out", out)
    assert outcome.code == 0, outcome.err
    assert "charge      +2 e (given)" in outcome.out and "blue +200.0 kcal/mol/e" in outcome.out
    values = read_vertex_values(out)["potential"]
    assert np.median(values) == pytest.approx(2 * 332 / 1.7, rel=0.25)


def test_a_list_of_extrema(molfield, model, water, tmp_path):
    command = ("potential", water, "--model", model, "--spacing", 0.4, "--extrema", "--out", tmp_path / "esp.cube")
    outcome = molfield(*command)
    assert outcome.code == 0, outcome.err
    head = outcome.out.index("extrema on the surface: kcal/mol/e")
    assert head < outcome.out.index("extrema in space") and "  max " in outcome.out and "  min " in outcome.out


def test_a_grid_of_the_potential_glb_and_a_picture(molfield, model, water, tmp_path):
    for name in ("esp.cube", "esp.glb", "esp.png"):
        outcome = molfield("potential", water, "--model", model, "--spacing", 0.5, "--out", tmp_path / name)
        assert outcome.code == 0 and (tmp_path / name).stat().st_size > 1000, outcome.err


def test_bad_input(refused, model, tmp_path):
    radical = tmp_path / "oh.xyz"
    write(radical, Atoms("OH", positions=[[0, 0, 0], [0, 0, 0.97]]))
    command = ("--model", model, "--out", tmp_path / "a.cube")
    assert "would have 9 electrons" in refused("density", radical, *command)
    assert "closed shells" in refused("potential", "CO", "--charge", 1, *command)
    assert "give --out with the ending .cube" in refused(
        "density", "CO", "--model", model, "--deformation", "--out", tmp_path / "a.ply"
    )
    assert "is for the commands" in refused("density", "CO", "--model", "md-surfaces", "--out", tmp_path / "a.cube")
