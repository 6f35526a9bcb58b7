import json

import numpy as np
import pytest
import torch
from PIL import Image

from torch_molfield.data import from_smiles
from torch_molfield.fields import GridField, PromolecularDensity
from torch_molfield.models import MolecularNeuralField
from torch_molfield.training import FieldRecipe

QUICK = ("--minutes", 0.01, "--grid", 6, "--lattice", 8)


@pytest.fixture(autouse=True)
def ten_steps(ticks):
    """The fits of ``QUICK`` end after about ten steps, on every machine."""
    ticks(0.06)


@pytest.fixture
def complex_file(tmp_path):
    """Alanine and a ligand of one carbon and one oxygen."""
    rows = [("ATOM", "N", "ALA", 0.0), ("ATOM", "CA", "ALA", 1.5), ("ATOM", "C", "ALA", 3.0), ("ATOM", "O", "ALA", 4.2)]
    rows += [("HETATM", "C1", "LIG", 9.0), ("HETATM", "O1", "LIG", 10.3)]
    lines = [
        f"{kind:<6}{k:5d}  {name:<4}{residue:<3} A{1 + (kind != 'ATOM'):4d}    {x:8.3f}{0:8.3f}{0.1 * k:8.3f}"
        f"  1.00  0.00          {name[0]:>2}"
        for k, (kind, name, residue, x) in enumerate(rows, start=1)
    ]
    path = tmp_path / "complex.pdb"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_complex(molfield, complex_file, tmp_path):
    out = tmp_path / "fit"
    command = ("fit", complex_file, "--ligand", "LIG", "--channels", "C,wigner_seitz,hydrophobicity", "--out", out)
    outcome = molfield(*command, *QUICK)
    assert outcome.code == 0, outcome.err
    assert "PSNR" in outcome.out and f"wrote   {out}" in outcome.out
    found = json.loads((out / "fit.json").read_text())
    assert list(found["grids"]) == ["6", "12", "24"] and found["seconds"] > 0
    names = ["ligand.C", "ligand.wigner_seitz", "protein.C", "protein.wigner_seitz", "protein.hydrophobicity"]
    assert list(found["grids"]["12"]["channels"]) == names
    model = MolecularNeuralField.from_pretrained(out)
    assert model.channels == tuple(names)
    assert FieldRecipe.load(out).ligand == "LIG"
    for name in ("slices.png", "surfaces.png"):
        with Image.open(out / name) as picture:
            assert picture.size[0] > 500
    saved = model.latents.detach().clone()
    assert molfield(*command, *QUICK).code == 0  # finished: nothing is fitted again
    assert torch.equal(MolecularNeuralField.from_pretrained(out).latents, saved)


def test_a_complex_without_hydrogens_has_no_channel_of_them(molfield, complex_file, tmp_path):
    outcome = molfield("fit", complex_file, "--ligand", "LIG", "--out", tmp_path / "fit", *QUICK)
    assert outcome.code == 0, outcome.err
    assert FieldRecipe.load(tmp_path / "fit").channels == ("C", "wigner_seitz")


def test_a_map_and_a_smiles(molfield, tmp_path):
    data = from_smiles("O")
    GridField.from_field(PromolecularDensity(), data.z, data.pos, 0.5).to_cube(tmp_path / "w.cube", data.z, data.pos)
    outcome = molfield("fit", tmp_path / "w.cube", "--out", tmp_path / "map", *QUICK)
    assert outcome.code == 0, outcome.err
    found = json.loads((tmp_path / "map" / "fit.json").read_text())
    assert np.isfinite(found["grids"]["24"]["psnr"]) and not (tmp_path / "map" / "field.json").exists()
    assert molfield("fit", "CO", "--out", tmp_path / "smiles", *QUICK).code == 0
    assert FieldRecipe.load(tmp_path / "smiles").channels == ("H", "C", "O")


def test_bad_input(refused, complex_file, tmp_path):
    out = ("--out", tmp_path / "no")
    (tmp_path / "empty.pdb").write_text("REMARK nothing\n")
    assert "no ATOM" in refused("fit", tmp_path / "empty.pdb", *out)
    assert "no residue ['XK9']" in refused("fit", complex_file, "--ligand", "XK9", *out)
    assert "give each once" in refused("fit", complex_file, "--channels", "colour", *out)
    assert "no atoms of H" in refused("fit", complex_file, "--ligand", "LIG", "--channels", "H,C", *out)
    assert "8192 × 8192" in refused("fit", complex_file, "--grid", 2048, *out)
    assert "There is no" in refused("fit", tmp_path / "none.pdb", *out)
    assert "for PDB and mmCIF files" in refused("fit", "CO", "--hydrogens", "add", *out)
    (tmp_path / "columns.cif").write_text("data_x\nloop_\n_atom_site.id\n1\n")
    assert "no column _atom_site" in refused("fit", tmp_path / "columns.cif", *out)
    (tmp_path / "nan.cube").write_text("a\nb\n0 0 0 0\n2 1 0 0\n2 0 1 0\n2 0 0 1\n" + "nan " * 8 + "\n")
    assert "NaN" in refused("fit", tmp_path / "nan.cube", *out)
    strange = complex_file.read_text().replace("  1.00  0.00           N", "  1.00  0.00          Zn")
    (tmp_path / "zinc.pdb").write_text(strange)
    zinc = refused("fit", tmp_path / "zinc.pdb", "--channels", "wigner_seitz", "--minutes", 0.01, *out)
    assert "no value for Zn" in zinc
    (tmp_path / "cut.mrc").write_bytes(b"MAP " * 100)
    assert "cannot be read as a map" in refused("fit", tmp_path / "cut.mrc", *out)
    assert "is a map" in refused("fit", tmp_path / "cut.mrc", "--ligand", "LIG", *out)
    assert "hydrogens cannot be added" in refused("fit", complex_file, "--hydrogens", "add", *out)
