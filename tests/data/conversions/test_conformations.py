"""One conformation, and no two copies of an atom, residue or ligand in one place."""

import pytest
import torch

from tests.data.conversions.pdb_lines import record, write
from torch_molfield.data import from_pdb


def atom(name, residue, number, position, altloc=" ", occupancy=1.0, element=None, **more):
    element = element or name.strip()[0]
    return record(f"{name:4s}", residue, number, position, altloc=altloc, occupancy=occupancy, element=element, **more)


def names(data):
    return list(zip(data.residue_name, data.residue_number.tolist(), data.atom_name, strict=True))


def test_residues_that_touch_have_one_letter(tmp_path):
    """Each for itself would be A and B, 0.8 Å apart."""
    path = write(
        tmp_path,
        atom(" CB", "ALA", 1, (0, 0.0, 0), "A", 0.50), atom(" CB", "ALA", 1, (0, 2.4, 0), "B", 0.50),
        atom(" CB", "ALA", 2, (0, 3.2, 0), "A", 0.49), atom(" CB", "ALA", 2, (0, 0.8, 0), "B", 0.51),
    )  # fmt: skip
    assert from_pdb(path).pos[:, 1].tolist() == pytest.approx([2.4, 0.8])


def test_the_total_occupancy_of_a_group_decides(tmp_path):
    """The middle residue couples the outer ones; A wins at two of three, B in the sum; far away A is taken."""
    shares = ((1, 0.55), (2, 0.55), (3, 0.10), (9, 0.55))
    records = []
    for number, share in shares:
        records += [atom(" CB", "ALA", number, (2.0 * number, 0, 0), "A", share)]
        records += [atom(" CB", "ALA", number, (2.0 * number, 1, 0), "B", 1 - share)]
    assert from_pdb(write(tmp_path, *records)).pos[:, 1].tolist() == [1, 1, 1, 0]


def test_ties_by_letter(tmp_path):
    records = [atom(" CB", "ALA", 1, (0, k, 0), letter, 0.1 if k else 0.3) for k, letter in enumerate("CB")]
    assert from_pdb(write(tmp_path, *records)).pos.tolist() == [[0, 0, 0]]
    records = [atom(" CB", "ALA", 1, (0, k, 0), letter, 0.3) for k, letter in enumerate("CB")]
    assert from_pdb(write(tmp_path, *records)).pos.tolist() == [[0, 1, 0]]


def test_an_atom_of_the_other_conformation_only_is_left_out(tmp_path):
    path = write(
        tmp_path,
        atom(" CA", "CYS", 7, (1.46, 0, 0)),
        atom(" CB", "CYS", 7, (1.95, -0.78, -1.22), "A", 0.7), atom(" CB", "CYS", 7, (1.95, -0.78, 1.22), "B", 0.3),
        atom(" SG", "CYS", 7, (3.75, -0.80, -1.22), "A", 0.7), atom(" SG", "CYS", 7, (1.35, -2.5, 1.22), "B", 0.3),
        atom(" HG", "CYS", 7, (0.05, -2.50, 1.22), "B", 0.3),
    )  # fmt: skip
    data = from_pdb(path)
    assert data.atom_name == ["CA", "CB", "SG"] and data.pos[2, 0] == 3.75


def test_letters_in_a_part_of_the_atoms(tmp_path):
    """The only location of an atom is kept, whatever its letter."""
    path = write(
        tmp_path,
        atom(" CA", "SER", 1, (0, 0, 0)), atom(" CB", "SER", 1, (1.5, 0, 0)),
        atom(" OG", "SER", 1, (2, 1.3, 0), "B", 0.4),
    )  # fmt: skip
    assert from_pdb(path).atom_name == ["CA", "CB", "OG"]


@pytest.mark.parametrize(("blank", "place"), [(0.6, 1.46), (0.5, 1.46), (0.4, 1.40)])
def test_a_blank_copy_is_a_location_too(tmp_path, blank, place):
    path = write(
        tmp_path,
        atom(" N", "ALA", 1, (0, 0, 0)),
        atom(" CA", "ALA", 1, (1.46, 0, 0), " ", blank), atom(" CA", "ALA", 1, (1.40, 0.45, 0.1), "B", 1 - blank),
        atom(" CB", "ALA", 1, (2.5, 0.5, 0), " ", blank),
    )  # fmt: skip
    data = from_pdb(path)
    assert data.pos[1, 0] == pytest.approx(place)
    assert data.atom_name == (["N", "CA", "CB"] if place == 1.46 else ["N", "CA"])


def ligand(name, number, shift, letter, share):
    places = (("C1", 0.0, 0.0), ("C2", 1.4, 0.0), ("O1", 2.0, 1.2))
    return [
        atom(f" {a}", name, number, (x + shift, y + shift / 2, 0), letter, share, hetero=True) for a, x, y in places
    ]


@pytest.mark.parametrize("numbers", [(401, 402), (401, 401)])
@pytest.mark.parametrize("letters", ["AB", "BA", "  ", " B", "AA"])
@pytest.mark.parametrize(("share", "kept"), [(0.6, "LG1"), (0.4, "LG2"), (0.5, None)])
def test_alternate_ligands(tmp_path, numbers, letters, share, kept):
    path = write(
        tmp_path,
        *ligand("LG1", numbers[0], 0.0, letters[0], share),
        *ligand("LG2", numbers[1], 0.35, letters[1], 1 - share),
    )
    kept = kept or ("LG2" if letters == "BA" else "LG1")
    data = from_pdb(path)
    assert data.residue_name == [kept] * 3
    assert set(from_pdb(path, ligands={"LG2"}).residue_name) == {"LG2"}


def test_microheterogeneity(tmp_path):
    """The residue with more atoms is not preferred; with letters or without."""
    for letters in ("AB", "  "):
        serine = [atom(f" {a}", "SER", 5, (k, 0, 0), letters[0], 0.6) for k, a in enumerate(("CA", "CB", "OG"))]
        parts = ("CA", "CB", "CG", "CD", "NE", "CZ")
        arginine = [atom(f" {a}", "ARG", 5, (k, 0.3, 0.1), letters[1], 0.4) for k, a in enumerate(parts)]
        assert names(from_pdb(write(tmp_path, *serine, *arginine))) == [("SER", 5, a) for a in ("CA", "CB", "OG")]


def test_a_residue_without_the_letter_keeps_what_fits(tmp_path):
    """A polymer residue with other letters has no hole; of them, one that does not touch what was chosen."""
    path = write(
        tmp_path,
        atom(" C", "GLY", 1, (0, 0, 0), "A", 0.6), atom(" C", "GLY", 1, (0, 1.0, 0), "B", 0.4),
        atom(" N", "GLY", 2, (0.5, 0, 0), "C", 0.7), atom(" N", "GLY", 2, (1.33, 0, 0), "D", 0.3),
    )  # fmt: skip
    assert from_pdb(path).pos.tolist() == [[0, 0, 0], pytest.approx([1.33, 0, 0])]


def test_copies_without_letters(tmp_path):
    """Within one residue the higher occupancy, else the first; with full occupancies a sentence."""
    first = [atom(f" {a}", "LIG", 1, (1.4 * k, 0, 0), " ", 0.5) for k, a in enumerate(("C1", "O1"))]
    second = [atom(f" {a}", "LIG", 1, (1.4 * k, 0.4, 0), " ", 0.5) for k, a in enumerate(("C1", "O1"))]
    assert from_pdb(write(tmp_path, *first, *second)).pos[:, 1].tolist() == [0, 0]
    copy = write(tmp_path, atom(" C1", "LIG", 1, (0, 0, 0)), atom(" C1", "LIG", 1, (0, 0.4, 0)))
    with pytest.raises(ValueError, match=r"some\.pdb: atom C1 of LIG A1 \(line 1\) and .*\(line 2\) are 0\.40 Å apart"):
        from_pdb(copy)
    ligands = write(tmp_path, *ligand("LG1", 1, 0.0, " ", 1.0), *ligand("LG2", 2, 0.35, " ", 1.0))
    with pytest.raises(ValueError, match="0.39 Å apart"):
        from_pdb(ligands)


def test_hydrogen_and_deuterium_in_one_place(tmp_path):
    nitrogen = atom(" N", "ALA", 1, (0, 0, 0))
    for letters in ("AB", "  "):
        pair = [atom(" H", "ALA", 1, (1, 0, 0), letters[0], 0.3), atom(" D", "ALA", 1, (1, 0.01, 0), letters[1], 0.7)]
        assert from_pdb(write(tmp_path, nitrogen, *pair)).atom_name == ["N", "D"]


def test_partial_occupancy_of_bonded_atoms(tmp_path):
    """Bonds inside a residue, and between residues, are no copies."""
    records = [atom(" C", "ALA", 1, (0, 0, 0), " ", 0.5), atom(" H", "ALA", 1, (0, 0.95, 0), " ", 0.5)]
    records += [atom(" N", "ALA", 2, (1.33, 0, 0), " ", 0.5)]
    assert from_pdb(write(tmp_path, *records)).num_nodes == 3


def test_numbers_that_begin_anew_after_ter(tmp_path):
    """A ligand with the number of a residue is a ligand, and alternate locations are those of its own residue."""
    path = write(
        tmp_path,
        atom(" CA", "ALA", 1, (0, 0, 0)), "TER\n",
        atom(" C1", "LIG", 1, (9, 0, 0), "A", 0.3), atom(" C1", "LIG", 1, (9, 1, 0), "B", 0.7), "TER\n",
        atom(" C1", "LIG", 1, (20, 0, 0), "A", 0.7), atom(" C1", "LIG", 1, (20, 1, 0), "B", 0.3),
    )  # fmt: skip
    assert from_pdb(path, ligands="only").pos[:, 1].tolist() == [1, 0]
    assert from_pdb(path, ligands="none").residue_name == ["ALA"]


def test_distances_of_a_disordered_chain(tmp_path):
    """A loop of two conformations in file order A, B atom by atom: no two atoms nearer than a bond."""
    records = []
    for number in range(1, 6):
        for k, name in enumerate((" N", " CA", " C")):
            for letter, height, share in (("A", 0.0, 0.45), ("B", 0.5, 0.55)):
                place = (1.4 * (3 * number + k), height, 0.3 * (k % 2))
                records.append(atom(name, "GLY", number, place, letter, share))
    data = from_pdb(write(tmp_path, *records))
    assert data.num_nodes == 15 and set(data.pos[:, 1].tolist()) == {0.5}
    assert torch.pdist(data.pos).min() > 1.3
