import pytest
from ase.build import molecule
from ase.io import write
from pyarrow import Table
from pyarrow.parquet import write_table

from torch_molfield.cli.data_help import SUFFIXES
from torch_molfield.data import Entry, MoleculeFormat, from_smiles, iterate_library, read_molecules, register_format
from torch_molfield.data.io import FORMATS
from torch_molfield.data.io.read import library_size, read_molecule, read_molecule_argument
from torch_molfield.data.io.values import library_values

PDB = "".join(
    f"MODEL {model:8d}\nHETATM    1  O   LIG A   1    {x:8.3f}   0.000   0.000  1.00  0.00           O\n"
    f"HETATM    2  C   LIG A   1    {x:8.3f}   0.000   1.200  1.00  0.00           C\nENDMDL\n"
    for model, x in ((1, 0.0), (2, 1.0))
)


def test_the_shell_names_all_of_them():
    assert set(SUFFIXES.replace(" or ", ", ").split(", ")) == set(FORMATS)


@pytest.mark.parametrize("suffix", sorted(FORMATS))
def test_every_format_is_iterated_read_and_counted(tmp_path, suffix):
    path = tmp_path / f"two{suffix.upper()}"
    if suffix == ".smi":
        path.write_text("O\nC\n")
    elif suffix == ".parquet":
        write_table(Table.from_pydict({"smiles": ["O", "C"]}), path)
    elif suffix == ".pdb":
        path.write_text(PDB)
    elif suffix in (".cif", ".mmcif"):
        gemmi = pytest.importorskip("gemmi")
        gemmi.read_pdb_string(PDB).make_mmcif_document().write_file(str(path))
    elif suffix == ".sdf":
        from rdkit import Chem

        with Chem.SDWriter(str(path)) as writer:
            for smiles in ("O", "C"):
                mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
                mol.AddConformer(Chem.Conformer(mol.GetNumAtoms()))
                mol.GetConformer().Set3D(True)
                for k in range(mol.GetNumAtoms()):
                    mol.GetConformer().SetAtomPosition(k, (float(k), 0.0, 0.0))
                writer.write(mol)
    else:
        write(path, [molecule("H2O"), molecule("CH4")], format="traj" if suffix == ".traj" else "extxyz")
    read, entries = read_molecules(path), list(iterate_library(path))
    assert len(read) == 2 and library_size(path) == 2
    assert [entry.number for entry in entries] == [0, 1] and not any(entry.problem for entry in entries)
    assert all(entry.data.pos.equal(data.pos) for entry, data in zip(entries, read, strict=True))
    (second,) = iterate_library(path, 1)
    assert second.number == 1 and second.data.pos.equal(read[1].pos)


@pytest.mark.parametrize("suffix", sorted(FORMATS))
def test_folders_and_missing_files(tmp_path, suffix):
    (tmp_path / f"x{suffix}").mkdir()
    for function in (read_molecules, iterate_library, library_size):
        with pytest.raises(IsADirectoryError, match=rf"x\{suffix} is a folder"):
            function(tmp_path / f"x{suffix}")
        with pytest.raises(FileNotFoundError, match=rf"no file .*y\{suffix}"):
            function(tmp_path / f"y{suffix}")


def test_a_broken_model_is_listed_and_named_once(tmp_path):
    path = tmp_path / "a.pdb"
    path.write_text(PDB.replace("       1.000   0.000   1.200", "       1.000   x.000   1.200"))
    first, second = iterate_library(path)
    assert first.data is not None and second.data is None
    with pytest.raises(ValueError, match=r"a\.pdb, line 7: ") as error:
        read_molecules(path)
    assert str(error.value).count(str(path)) == 1


def test_water_of_structure_files(tmp_path):
    (tmp_path / "a.pdb").write_text(PDB.replace("LIG", "HOH").replace("  C   HOH", "  C   LIG"))
    assert [len(data.z) for data in read_molecules(tmp_path / "a.pdb")] == [1, 1]
    assert [len(data.z) for data in read_molecules(tmp_path / "a.pdb", waters=True)] == [2, 2]
    assert [len(entry.data.z) for entry in iterate_library(tmp_path / "a.pdb", 1, waters=True)] == [2]
    assert len(read_molecule(tmp_path / "a.pdb", -1, waters=True).z) == 2
    assert len(read_molecule_argument(str(tmp_path / "a.pdb"), waters=True)[0].z) == 2
    assert len(read_molecule_argument("O", waters=True)[0].z) == 3


def test_structures_give_no_numbers(tmp_path):
    (tmp_path / "a.pdb").write_text(PDB)
    with pytest.raises(ValueError, match=r"a\.pdb gives its molecules no numbers; use a file that does"):
        library_values(tmp_path / "a.pdb", "energy")


def test_a_format_of_others(tmp_path, monkeypatch):
    monkeypatch.setattr("torch_molfield.data.io.formats.FORMATS", dict(FORMATS))

    def iterate(path, first):
        for number, word in enumerate(path.read_text().split()):
            if number >= first:
                yield Entry(number, word, from_smiles(word) if word != "bad" else None, "it is bad.")

    added = register_format(MoleculeFormat((".words",), iterate))
    path = tmp_path / "a.words"
    path.write_text("O C")
    assert [len(data.z) for data in read_molecules(path)] == [3, 5]
    assert library_size(path) is None
    path.write_text("O bad C")
    assert [entry.data is None for entry in iterate_library(path)] == [False, True, False]
    with pytest.raises(ValueError, match=r"a\.words, molecule 1: it is bad\."):
        read_molecules(path)
    with pytest.raises(ValueError, match="'.words' belongs to another format"):
        register_format(added)
    with pytest.raises(ValueError, match="'words' must begin with a dot"):
        register_format(MoleculeFormat(("words",), iterate))


@pytest.mark.parametrize("suffix", sorted(FORMATS))
@pytest.mark.parametrize("content", [b"", b"\n\n", b"no molecule at all {\n", bytes(range(256)) * 4])
def test_a_bad_file_is_a_sentence_that_names_it(tmp_path, suffix, content):
    path = tmp_path / f"bad{suffix}"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=rf"bad\{suffix}") as error:
        read_molecules(path)
    sentence = str(error.value)
    assert " " in sentence and "\n" not in sentence
