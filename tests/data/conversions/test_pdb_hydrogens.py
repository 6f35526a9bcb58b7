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
