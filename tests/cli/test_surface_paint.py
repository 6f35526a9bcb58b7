import numpy as np
import pytest
import trimesh

from torch_molfield.data import from_smiles
from torch_molfield.surface import read_mesh

PDB = """\
ATOM      1  N   LYS A   7       0.000   0.000   0.000  1.00  0.00           N
ATOM      2  CA  LYS A   7       1.458   0.000   0.000  1.00  0.00           C
ATOM      3  N   ILE A   8       6.000   0.000   0.000  1.00  0.00           N
ATOM      4  CA  ILE A   8       7.458   0.000   0.000  1.00  0.00           C
END
"""


@pytest.fixture
def peptide(tmp_path):
    (tmp_path / "two.pdb").write_text(PDB)
    return tmp_path / "two.pdb"


def test_residues_and_hydropathy_are_at_the_vertices(molfield, peptide, tmp_path):
    out = tmp_path / "a.ply"
    outcome = molfield("surface", peptide, "--paint", "hydropathy", "--spacing", 0.5, "--out", out)
    assert outcome.code == 0 and "brown hydrophobic" in outcome.out
    mesh = read_mesh(out)
    assert np.array_equal(mesh.values["residue"], mesh.values["atom"] // 2)
    assert np.allclose(mesh.values["hydropathy"], np.where(mesh.values["residue"] == 0, -3.9, 4.5))
    colors = trimesh.load_mesh(out, process=False).visual.vertex_colors[:, :3]
    assert {tuple(c) for c in colors[mesh.values["residue"] == 0].tolist()}.isdisjoint(
        tuple(c) for c in colors[mesh.values["residue"] == 1].tolist()
    )


@pytest.mark.parametrize("paint", ["atom", "element", "charge", "curvature"])
def test_other_paints(molfield, tmp_path, paint):
    out = tmp_path / "a.ply"
    assert molfield("surface", "O", "--paint", paint, "--kind", "ses", "--spacing", 0.4, "--out", out).code == 0
    mesh = read_mesh(out)
    of_oxygen, found = mesh.values["atom"] == 0, mesh.values[paint]
    expected = {"element": from_smiles("O").z.numpy(), "atom": np.arange(3)}
    if paint in expected:
        assert np.array_equal(found, expected[paint][mesh.values["atom"]])
    elif paint == "charge":
        assert found[of_oxygen].max() < 0 < found[~of_oxygen].min()
    else:
        assert np.isfinite(found).all() and found.max() > 0.3


def test_without_a_residue(molfield, refused, peptide, tmp_path):
    given = ("surface", peptide, "--spacing", 0.5, "--out", tmp_path / "a.ply", "--without")
    assert molfield(*given, "LYS").code == 0
    assert set(read_mesh(tmp_path / "a.ply").values["residue"].tolist()) == {0}
    assert "there is no residue ['HEM']" in refused(*given, "HEM", "--overwrite")


def test_what_cannot_be_painted(refused, peptide, tmp_path):
    out = ("--out", tmp_path / "a.ply")
    assert "has no residues" in refused("surface", "O", "--paint", "residue", *out)
    assert "needs all hydrogens" in refused("surface", peptide, "--paint", "charge", *out)
    assert "need a mesh" in refused("surface", "O", "--paint", "atom", "--out", tmp_path / "a.cube")
