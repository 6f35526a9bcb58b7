import json

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import molecule
from ase.io import write
from PIL import Image

from torch_molfield.cli.shapes import Hydrogens, read_conformers
from torch_molfield.models import MolecularNeuralField
from torch_molfield.training import FieldRecipe

QUICK = ("--minutes", 0.01, "--grid", 6, "--lattice", 8, "--pool", 1000, "--steps", 3)


@pytest.fixture(autouse=True)
def ten_steps(ticks):
    """The fits of ``QUICK`` end after about ten steps, on every machine."""
    ticks(0.06)


@pytest.fixture
def trajectory(tmp_path):
    """Ethanol, a little deformed and turned from frame to frame."""
    frames = [molecule("CH3CH2OH") for _ in range(4)]
    for k, frame in enumerate(frames):
        frame.positions[0] += [0.0, 0.05 * k, 0.0]
        frame.rotate(40 * k, "z")
        frame.translate([0.0, 3.0 * k, 0.0])
    path = tmp_path / "ethanol.extxyz"
    write(path, frames)
    return path


def test_a_path_between_two_conformers(molfield, trajectory, tmp_path):
    out = tmp_path / "path"
    outcome = molfield("interpolate", trajectory, "--conformers", 3, "--last", 1, "--out", out, *QUICK)
    assert outcome.code == 0, outcome.err
    found = json.loads((out / "interpolation.json").read_text())
    assert found["conformers"] == [0, 2, 3] and found["path"]["last"] == 2
    assert found["psnr"] == pytest.approx(np.mean(found["psnr_each"])) and found["path"]["smoothness"] >= 1
    assert f"PSNR        {found['psnr']:.1f} dB over 3 conformers" in outcome.out
    model = MolecularNeuralField.from_pretrained(out)
    assert model.latents.shape[0] == 3 and FieldRecipe.load(out).channels == ("H", "C", "O")
    with np.load(out / "latents.npz") as archive:
        np.testing.assert_array_equal(archive["latents"], model.latents.detach().numpy())
    with Image.open(out / "path.gif") as movie:
        assert movie.format == "GIF" and movie.size[0] > 300


def test_conformers_are_superposed_on_the_first(trajectory):
    frames = read_conformers(trajectory, Hydrogens.keep)
    assert len(frames) == 4
    for k, frame in enumerate(frames):
        assert float((frame.pos - frames[0].pos).norm(dim=1).max()) < 0.06 * k + 1e-4
    assert not torch.equal(frames[1].pos, frames[0].pos)


def test_bad_input(refused, trajectory, tmp_path):
    ask = ("interpolate", trajectory, "--out", tmp_path)
    assert "steps must be 2 (both ends) to 1000" in refused(*ask, "--steps", 10_000_000)
    assert "beta must be above 0 and at most 40" in refused(*ask, "--beta", 1e9)
    out = ("--out", tmp_path / "no", *QUICK)
    assert "conformer 9 is not one" in refused("interpolate", trajectory, "--first", 9, *out)
    single, mixed = tmp_path / "one.extxyz", tmp_path / "mixed.extxyz"
    write(single, molecule("H2O"))
    write(mixed, [molecule("H2O"), molecule("NH3")])
    assert "two or more" in refused("interpolate", single, *out)
    assert "frame 2 4 atoms" in refused("interpolate", mixed, *out)
    assert "no file" in refused("interpolate", tmp_path / "none.pdb", *out)
    assert "PDB and mmCIF" in refused("interpolate", trajectory, "--hydrogens", "drop", *out)
    record = "ATOM      1  {:<4}GLY A   1       0.000   0.000   0.000  1.00  0.00           {}\n"
    models = [f"MODEL {k}\n{record.format(name, name[0])}ENDMDL\n" for k, name in enumerate(("N", "C"), start=1)]
    (tmp_path / "two.pdb").write_text("".join(models))
    assert "different atoms" in refused("interpolate", tmp_path / "two.pdb", *out)


def test_options_that_would_do_nothing(molfield, refused, tmp_path):
    frames = [Atoms("He2", positions=[[0, 0, 0], [0, 0, 3 + 0.1 * k]]) for k in range(3)]
    write(tmp_path / "frames.xyz", frames)
    command = ("interpolate", tmp_path / "frames.xyz", "--out", tmp_path / "out")
    assert "are both conformer 2" in refused(*command, "--first", 2, "--last", -1)
    assert "--channels '' lacks a name" in refused(*command, "--channels", "")
    with pytest.warns(UserWarning, match="has 3 conformers, not 500; all are fitted"):
        molfield(*command, "--conformers", 500, "--channels", "")


def test_a_movie_between_two_molecules(molfield, refused, tmp_path):
    outcome = molfield("interpolate", "CO", "CN", "--steps", 4, "--out", tmp_path / "movie")
    assert outcome.code == 0, outcome.err
    with Image.open(tmp_path / "movie" / "path.gif") as movie:
        assert movie.n_frames >= 4
    assert [path.name for path in (tmp_path / "movie").iterdir() if path.suffix] == ["path.gif"]
    assert "the molecule has no heavy atom" in refused("interpolate", "CO", "[H][H]", "--out", tmp_path / "none")
