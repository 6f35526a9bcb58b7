"""Every line that looks like an atom is read, or named in an error."""

import pytest
import torch

from tests.data.conversions.pdb_lines import record, write
from torch_molfield.data import from_pdb

ATOMS = [(" N  ", 5, (-11.5, 22.25, 0.125)), (" CA ", 5, (-10.0, 22.25, 0.125)), (" C  ", 6, (-9.0, 23.25, -100.125))]


def lines(serials=(1, 2, 3), kind="ATOM  "):
    return [
        kind + record(name, "GLY", number, place, serial=serial, element=name.strip()[0])[6:]
        for serial, (name, number, place) in zip(serials, ATOMS, strict=True)
    ]


def check(path):
    data = from_pdb(path)
    torch.testing.assert_close(data.pos, torch.tensor([place for *_, place in ATOMS]))
    assert data.atom_name == ["N", "CA", "C"] and data.residue_name == ["GLY"] * 3 and data.chain == ["A"] * 3
    assert data.residue_number.tolist() == [5, 5, 6] and data.z.tolist() == [7, 6, 6]


@pytest.mark.parametrize("serials", [(99999, "A0000", "A0001"), ("*****",) * 3, (0, 0, 0), ("", "", "")])
@pytest.mark.parametrize("kind", ["ATOM  ", "HETATM", "atom  ", "hetatm", "Atom  "])
def test_serial_numbers_do_not_matter(tmp_path, serials, kind):
    check(write(tmp_path, *lines(serials, kind)))


def test_lower_case(tmp_path):
    check(write(tmp_path, *(line.lower().replace(" gly a", " gly A") for line in lines())))


@pytest.mark.parametrize("kind", ["ATOM  ", "ATOM ", "HETATM"])
@pytest.mark.parametrize("serials", [(99999, 100000, 100001), (999999, 1000000, 1000001)])
def test_serial_numbers_of_more_digits(tmp_path, serials, kind):
    """With a blank less before the number (ATOM 100000), or all later columns moved."""
    check(write(tmp_path, *lines(serials, kind)))


@pytest.mark.parametrize("before", [" ", "   "])
def test_blanks_before_the_record(tmp_path, before):
    check(write(tmp_path, *(before + line for line in lines())))


def test_a_blank_too_few(tmp_path):
    check(write(tmp_path, *(line[:6] + line[7:] for line in lines())))


def test_byte_order_mark(tmp_path):
    path = write(tmp_path)
    path.write_bytes(b"\xef\xbb\xbf" + "".join(lines()).encode())
    check(path)


@pytest.mark.parametrize(
    ("number", "expected"),
    [("9999", 9999), ("A000", 10000), ("A001", 10001), ("ZZZZ", 1223055), ("a000", 1223056), (" -12", -12)]
    + [("10000", 10000), ("123456", 123456)],
)
def test_residue_numbers(tmp_path, number, expected):
    """Hybrid-36, or more digits than columns, which moves what comes after."""
    data = from_pdb(write(tmp_path, record(" C1 ", "LIG", number, (1.5, -100.25, 3), element="C")))
    assert data.residue_number.tolist() == [expected]
    assert data.pos.tolist() == [[1.5, -100.25, 3.0]] and data.chain == ["A"] and data.residue_name == ["LIG"]


def test_a_fifth_digit_in_the_column_of_insertions(tmp_path):
    line = record(" C1 ", "LIG", "10001", (1.5, 2.25, 3), element="C")
    line = line[:27] + line[28:]
    assert line[30:38] == "   1.500"
    assert from_pdb(write(tmp_path, line)).residue_number.tolist() == [10001]


def test_other_decimals(tmp_path):
    line = record(" C1 ", "LIG", 1, (0, 0, 0), element="C")
    for text in ("  1.5000  2.2500 -3.2500", "    1.50    2.25   -3.25"):
        assert from_pdb(write(tmp_path, line[:30] + text + line[54:])).pos.tolist() == [[1.5, 2.25, -3.25]]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (lines()[1].replace("ATOM  ", "HETATOM"), "begins with neither ATOM nor HETATM"),
        ("#" + lines()[1], "begins with neither ATOM nor HETATM"),
        (lines()[1][:12] + " " + lines()[1][12:], "its columns have moved by 1"),
        (lines()[1][:27] + lines()[1][28:], "its columns have moved by -1"),
        (lines()[1][:30] + " " * 24 + lines()[1][54:], "'' is not a number"),
        (lines()[1][:30] + "********" + lines()[1][38:], r"'\*{8}' is not a number"),
        (lines()[1][:30] + "     nan" + lines()[1][38:], "'nan' is not a number"),
        (lines()[1][:54] + "   x.y" + lines()[1][60:], "'x.y' is not a number"),
        (lines()[1][:22] + "****" + lines()[1][26:], r"the residue number is '\*{4}'"),
        ("ATOM 2 CA GLY A 5 -10.0 22.25 0.125\n", "it ends at column 35"),
        ("ATOM\n", "it ends at column 4"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path, line, reason):
    path = write(tmp_path, lines()[0], line, lines()[2])
    with pytest.raises(ValueError, match=rf"some\.pdb, line 2: .*{reason}"):
        from_pdb(path)


def test_records_that_are_no_atoms(tmp_path):
    noise = (
        "REMARK   1 ATOM 1.5 2.5 3.5\nSIGATM    1  N   GLY A   5       0.010   0.010   0.010  0.00  0.00           N\n",
        "ANISOU    1  N   GLY A   5      123    456    789      0      0      0       N\nTER       4      GLY A   6\n",
        "CONECT    1    2\nMASTER        0    0\n",
    )
    check(write(tmp_path, noise[0], *lines(), *noise[1:]))
