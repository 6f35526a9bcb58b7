import pytest

from torch_molfield.data import read_ensemble

ATOM = "ATOM      1  {:3s} GLY A   1    {:8.3f}   0.000   0.000  1.00  0.00           {}\n"


def write(folder, *models):
    path = folder / "some.pdb"
    text = ""
    for number, names in enumerate(models, start=1):
        atoms = "".join(ATOM.format(name, 2.0 * k + 0.1 * number, name[0]) for k, name in enumerate(names))
        text += f"MODEL     {number:4d}\n{atoms}ENDMDL\n"
    path.write_text(text)
    return path


def test_models_in_order(tmp_path):
    models = read_ensemble(write(tmp_path, ("N", "CA"), ("N", "CA"), ("N", "CA")))
    assert [float(one.pos[0, 0]) for one in models] == pytest.approx([0.1, 0.2, 0.3])


def test_models_with_other_atoms(tmp_path):
    with pytest.raises(ValueError, match="model 1 has 2 atoms, model 2 3"):
        read_ensemble(write(tmp_path, ("N", "CA"), ("N", "CA", "H")))
    with pytest.raises(ValueError, match=r"first at atom 2 \(GLY CA, GLY C\)"):
        read_ensemble(write(tmp_path, ("N", "CA"), ("N", "C")))
    assert len(read_ensemble(write(tmp_path, ("N", "CA"), ("N", "CA", "H")), hydrogens="drop")) == 2
    with pytest.raises(FileNotFoundError):
        read_ensemble(tmp_path / "none.pdb")


def test_mmcif_models(tmp_path):
    gemmi = pytest.importorskip("gemmi")
    structure = gemmi.read_structure(str(write(tmp_path, ("N", "CA"), ("N", "CA"))))
    structure.setup_entities()
    structure.make_mmcif_document().write_file(str(tmp_path / "a.cif"))
    assert [float(one.pos[0, 0]) for one in read_ensemble(tmp_path / "a.cif")] == pytest.approx([0.1, 0.2])
