"""Only elements that the residue can hold."""

import pytest

from tests.data.conversions.pdb_lines import record, write
from torch_molfield.data import from_pdb
from torch_molfield.data.conversions.pdb_elements import find_element


@pytest.mark.parametrize(
    ("name", "element"),
    [("H10A", "H"), ("C10A", "C"), ("CA12", "C"), ("NB11", "N"), ("HO5'", "H"), ("CN12", "C"), ("OS1 ", "O")]
    + [("CD1 ", "C"), ("NE2 ", "N"), ("CE  ", "C"), ("NA  ", "N"), ("PB  ", "P"), ("SG  ", "S"), ("HE2 ", "H")]
    + [("CL12", "Cl"), ("BR1 ", "Br"), ("FE  ", "Fe"), (" F1 ", "F"), (" B1 ", "B"), (" I1 ", "I"), ("LI1 ", "Li")]
    + [(" MG ", "Mg"), ("TE1 ", "Te"), ("2HB ", "H"), (" D1 ", "H"), ("DA12", "H"), (" CA ", "C"), ("AS  ", "As")],
)
def test_ligand_without_element_column(tmp_path, name, element):
    assert find_element("  ", name, "LIG") == element
    other = record(" O9 ", "LIG", 1, (3, 0, 0), element="O")
    data = from_pdb(write(tmp_path, record(name, "LIG", 1, (0, 0, 0)), other))
    assert data.z[0] == from_pdb(write(tmp_path, record(name, "LIG", 1, (0, 0, 0), element=element), other)).z[0]


@pytest.mark.parametrize("name", ["CO1 ", "NI  ", "HG1 ", "SN1 ", " CL1", " SE ", " X1 ", "QA  "])
def test_ambiguous_names_are_refused(tmp_path, name):
    path = write(tmp_path, record(" C9 ", "LIG", 1, (3, 0, 0)), record(name, "LIG", 1, (0, 0, 0)))
    with pytest.raises(
        ValueError, match=rf"line 2: no element can be told for atom '{name}' of residue 'LIG'; fill col"
    ):
        from_pdb(path)


@pytest.mark.parametrize("hetero", [False, True])
@pytest.mark.parametrize(
    ("name", "residue", "element"),
    [("CA  ", "ALA", "C"), ("CD1 ", "LEU", "C"), ("NE2 ", "HIS", "N"), ("SG  ", "CYS", "S"), ("HG  ", "SER", "H")]
    + [("OD1 ", "ASP", "O"), ("P   ", " DA", "P"), ("HO5'", " DA", "H"), ("SE  ", "SEC", "Se"), ("CE  ", "MSE", "C")]
    + [("OW  ", "SOL", "O"), ("HW1 ", "SOL", "H")],
)
def test_standard_residues(name, residue, element, hetero):
    assert find_element("", name, residue.strip()) == element
    line = record(name, residue, 1, (0, 0, 0), hetero=hetero)
    assert line[12:16] == name


@pytest.mark.parametrize(("name", "residue"), [("ZN  ", "ALA"), ("AD1 ", "ASX"), ("MG  ", "DA"), ("MW  ", "SOL")])
def test_what_a_standard_residue_cannot_hold(name, residue):
    assert find_element("", name, residue) is None


@pytest.mark.parametrize(
    ("name", "residue", "element"),
    [("CA  ", "CA", "Ca"), (" CA ", "CA", "Ca"), ("NA  ", "NA", "Na"), (" NA ", "NA", "Na"), ("NA+ ", "Na+", "Na")]
    + [("CD  ", "CD", "Cd"), ("CU  ", "CU1", "Cu"), ("CO  ", "CO", "Co"), ("HG  ", "HG", "Hg"), ("SOD ", "SOD", "Na")]
    + [("CLA ", "CLA", "Cl"), ("NA  ", "ION", "Na"), ("CAL ", "CAL", "Ca"), (" K  ", "K", "K"), (" C  ", "CO", "C")],
)
def test_ions(name, residue, element):
    assert find_element("", name, residue) == element


@pytest.mark.parametrize(
    ("column", "name", "residue", "element"),
    [("CL", "CL1 ", "LIG", "Cl"), ("cl", "CL1 ", "LIG", "Cl"), ("C ", "CA  ", "LIG", "C"), (" d", " D1 ", "LIG", "H")]
    + [("CO", "CO1 ", "LIG", "Co"), ("CA", "CA1 ", "OEX", "Ca"), ("CA", " CA ", "ALA", "C"), ("NE", " NE2", "HIS", "N")]
    + [
        ("OG", " OG ", "SER", "O"),
        ("CN", "CN12", "LIG", "C"),
        ("SE", "SE  ", "SEC", "Se"),
        ("12", " CA ", "ALA", "C"),
        ("X ", " CA ", "ALA", "C"),
    ],
)
def test_the_column_counts_unless_it_repeats_the_name(column, name, residue, element):
    assert find_element(column, name, residue) == element


@pytest.mark.parametrize("tail", [" C", "C ", " c", " C1+", " C2-", "C"])
def test_charges_behind_the_element(tmp_path, tail):
    line = record(" N1 ", "LIG", 1, (0, 0, 0))[:76] + tail + "\n"
    assert from_pdb(write(tmp_path, line)).z.tolist() == [6]
