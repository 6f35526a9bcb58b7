import pytest

from torch_molfield.data.conversions.pdb_records import parse_records, split_models

LINE = "HETATM 1234 CL1 AXK2 B 263B    -11.500  22.250   0.125  0.75 20.00          CL\n"


def parse(*lines, source="file"):
    (records,) = split_models(lines, source)
    return parse_records(records, source)


def test_columns():
    (atom,) = parse(LINE)
    assert (atom.name, atom.altloc, atom.residue, atom.chain, atom.number) == ("CL1", "A", "XK2", "B", 263)
    assert (atom.insertion, atom.position, atom.occupancy) == ("B", (-11.5, 22.25, 0.125), 0.75)
    assert (atom.element, atom.hetero, atom.place) == ("Cl", True, "line 1")


@pytest.mark.parametrize(
    ("name", "residue", "kind", "element"),
    [
        (" CA ", "ALA", "ATOM  ", "C"),
        ("CA  ", " CA", "HETATM", "Ca"),
        (" CA ", "XYZ", "HETATM", "C"),
        ("HG21", "VAL", "ATOM  ", "H"),
        ("1HB ", "ALA", "ATOM  ", "H"),
        (" HG ", "SER", "ATOM  ", "H"),
        ("HG  ", " HG", "HETATM", "Hg"),
        ("ZN  ", " ZN", "HETATM", "Zn"),
        ("CL1 ", "LIG", "HETATM", "Cl"),
        (" OXT", "GLY", "ATOM  ", "O"),
        (" D  ", "ALA", "ATOM  ", "H"),
        ("SE  ", "MSE", "HETATM", "Se"),
        (" P  ", " DA", "ATOM  ", "P"),
        (" O5'", " DA", "ATOM  ", "O"),
        ("CA  ", "ALA", "ATOM  ", "C"),
    ],
)
def test_element_from_the_name_where_the_column_is_missing(name, residue, kind, element):
    line = f"{kind} 1234 {name} {residue} B 263     -11.500  22.250   0.125"
    assert parse(line)[0].element == element


@pytest.mark.parametrize("column", [" D", "H ", " h"])
def test_element_column_wins(column):
    line = LINE[:76] + column
    assert parse(line)[0].element == "H"


def test_no_element_can_be_told():
    line = LINE[:12] + " 77 " + LINE[16:76]
    with pytest.raises(ValueError, match=r"file, line 1: no element.*columns 77-78"):
        parse(line)


@pytest.mark.parametrize("line", [LINE[:50], LINE[:30], LINE[:20], LINE.replace("22.250", "2a.250")])
def test_broken_records_name_file_and_line(line):
    with pytest.raises(ValueError, match=r"file\.pdb, line 2: an atom record is truncated"):
        parse("HEADER\n", line, source="file.pdb")


def test_models():
    lines = ["MODEL        7\n", LINE, "ENDMDL\n", "MODEL        9\n", LINE, LINE, "ENDMDL\n"]
    assert [[record.number for record in model] for model in split_models(lines, "file")] == [[2], [5, 6]]
    assert len(split_models([LINE], "file")) == 1
