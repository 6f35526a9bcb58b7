from dataclasses import replace

import torch

from torch_molfield.data.conversions.pdb_hydrogens import add_hydrogens
from torch_molfield.data.conversions.pdb_records import PdbAtom


def atom(name: str, residue: str, position: tuple[float, float, float], element: str) -> PdbAtom:
    return PdbAtom("line 1", False, name, "", residue, "A", 1, "", position, 1.0, element)


def test_water_becomes_whole():
    whole = add_hydrogens([atom("O", "HOH", (3.0, 4.0, 5.0), "O")], "file")
    assert [a.element for a in whole] == ["O", "H", "H"]
    positions = torch.tensor([a.position for a in whole])
    lengths = (positions[1:] - positions[0]).norm(dim=1)
    assert torch.allclose(lengths, torch.full((2,), 0.97), atol=0.05)


def test_present_hydrogens_are_not_added_again():
    whole = add_hydrogens([atom("O", "HOH", (3.0, 4.0, 5.0), "O")], "file")
    assert len(add_hydrogens(whole[:2], "file")) == 3
    assert len(add_hydrogens(whole, "file")) == 3


def test_names_that_the_columns_of_a_pdb_file_do_not_hold():
    """Residues of four letters, numbers of five digits, chains of two letters and names in lower case."""
    places = ((0.0, 0.0, 0.0), (9.0, 0.0, 0.0), (1.46, 0.0, 0.0))
    names = (("N", "gly", "N"), ("OH2", "TIP3", "O"), ("ca", "gly", "C"))
    atoms = [replace(atom(name, residue, place, element), chain="AB", number=123456)
             for (name, residue, element), place in zip(names, places, strict=True)]  # fmt: skip
    added = add_hydrogens(atoms, "file")[3:]
    assert [one.residue for one in added] == ["gly"] * 2 + ["TIP3"] * 2 + ["gly"] * 3
    assert {one.number for one in added} == {123456} and {one.chain for one in added} == {"AB"}
