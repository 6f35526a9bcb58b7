import pytest

from torch_molfield.data import iterate_library, read_molecules
from torch_molfield.data.io import iterate_atoms
from torch_molfield.data.io.read import library_size
from torch_molfield.data.io.values import library_values

BLOCK = """{name}
  generator01012423003D

  3  2  0  0  0  0  0  0  0  0999 V2000
    0.0000    0.0000    0.1000 {element}   0  0
    0.9600    0.0000    0.0000 H   0  0
   -0.2400    0.9300    0.0000 H   0  0
  1  2  1  0
  1  3  1  0
M  END
"""


def record(name="water", element="O", fields=""):
    return BLOCK.format(name=name, element=element) + fields + "$$$$\n"


def file(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "a.sdf"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "utf-8-sig", "utf-16"])
def test_names_and_values_in_any_encoding(tmp_path, encoding):
    fields = "> <größe>\n1.5D+01\n\n> <note>\n25 °C\n\n"
    path = file(tmp_path, record("first") + record("näme", fields=fields) + record("third"), encoding)
    entries = list(iterate_library(path))
    assert [entry.name for entry in entries] == ["first", "näme", "third"]
    assert [entry.data.z.tolist() for entry in entries] == [[8, 1, 1]] * 3
    assert len(read_molecules(path)) == 3
    assert library_values(path, "größe")[1] == 15.0


@pytest.mark.parametrize(
    "text", ["\n" + record(), record().replace("\n", "\r\n"), record() + "\n \n", "\n\n" + record("")]
)
def test_blank_lines_and_crlf(tmp_path, text):
    (data,) = read_molecules(file(tmp_path, text))
    assert data.z.tolist() == [8, 1, 1]
    assert library_size(tmp_path / "a.sdf") == 1


def test_blank_lines_between_records(tmp_path):
    path = file(tmp_path, "\n".join([record("a"), record(""), record("c")]))
    assert [entry.name for entry in iterate_library(path)] == ["a", "", "c"]


@pytest.mark.parametrize("element", ["Qq", "\t"])
def test_a_bad_record_is_listed_and_its_neighbours_are_kept(tmp_path, element):
    path = file(tmp_path, record("a") + record("b", element) + record("c"))
    entries = list(iterate_library(path))
    assert [(entry.number, entry.name, entry.data is None) for entry in entries] == [
        (0, "a", False), (1, "b", True), (2, "c", False),
    ]  # fmt: skip
    assert "lines 12 to 22 are truncated, or not chemistry" in entries[1].problem
    with pytest.raises(ValueError, match=r"a\.sdf, molecule 1: lines 12 to 22"):
        read_molecules(path)


def test_an_empty_record_in_the_middle_is_listed(tmp_path):
    entries = list(iterate_library(file(tmp_path, record("a") + "$$$$\n" + record("c"))))
    assert [entry.data is None for entry in entries] == [False, True, False]


def test_an_end_that_is_missing(tmp_path):
    whole = record("a", fields="> <energy>\n-12.5\n\n")
    assert len(read_molecules(file(tmp_path, record("a").removesuffix("$$$$\n")))) == 1  # a molfile
    for size in range(whole.index("> <") + 1, whole.index("$$$$")):
        with pytest.raises(ValueError, match=r"a\.sdf, molecule 0: lines 1 to \d+ are truncated"):
            read_molecules(file(tmp_path, whole[:size]))


def test_from_the_middle_on(tmp_path):
    path = file(tmp_path, record("a") + record("b", "Qq") + record("c"))
    assert [(entry.number, entry.name) for entry in iterate_library(path, 1)] == [(1, "b"), (2, "c")]


def test_atoms_though_the_bonds_be_no_chemistry(tmp_path):
    head = "\n".join(["fluorine", "", "", "  3  2  0  0  0  0  0  0  0  0999 V2000"])
    atoms = [f"{1.4 * k:10.4f}    0.0000    0.0000 F   0  0" for k in range(3)]
    bad = "\n".join([head, *atoms, "  1  2  1  0", "  2  3  1  0", "M  END", "$$$$", ""])
    path = file(tmp_path, record() + bad + record("third") + "cut\n> <name>\n")
    assert [entry.data is None for entry in iterate_library(path)] == [False, True, False, True]
    entries = list(iterate_atoms(path))
    assert [None if entry.data is None else entry.data.z.tolist() for entry in entries] == [
        [8, 1, 1], [9, 9, 9], [8, 1, 1], None,
    ]  # fmt: skip
    assert entries[1].name == "fluorine" and entries[1].data.pos[2].tolist() == pytest.approx([2.8, 0, 0])
    assert "truncated" in entries[3].problem


def test_atoms_of_files_without_bonds(tmp_path):
    path = tmp_path / "a.xyz"
    path.write_text("1\n\nHe 0 0 0\n")
    (entry,) = iterate_atoms(path)
    assert entry.data.z.tolist() == [2]
