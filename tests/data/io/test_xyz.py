import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import molecule
from ase.calculators.singlepoint import SinglePointCalculator
from ase.constraints import FixAtoms
from ase.io import read, write

from torch_molfield.data import from_ase, iterate_library, read_molecules
from torch_molfield.data.io import read_frame
from torch_molfield.data.io.read import read_molecule

WATER = "O 0 0 0\nH 0.96 0 0\nH -0.24 0.93 0\n"
POS = [[0, 0, 0], [0.96, 0, 0], [-0.24, 0.93, 0]]


@pytest.fixture(params=[".xyz", ".extxyz"])
def file(request, tmp_path):
    """``file(text)`` → the path of a file with that text."""

    def make(text, encoding="utf-8"):
        path = tmp_path / f"frames{request.param}"
        path.write_bytes(text.encode(encoding))
        return path

    return make


def frame(rows=WATER, comment="c", count=3):
    return f"{count}\n{comment}\n{rows}"


def is_water(data):
    return data.z.tolist() == [8, 1, 1] and np.allclose(data.pos, POS, atol=1e-6)


class TestFrames:
    @pytest.mark.parametrize("text", ["\n".join([frame()] * 3), "\n \n" + frame() * 3, frame() * 3 + "\n\t\n"])
    def test_blank_lines_drop_none(self, file, text):
        assert [is_water(data) for data in read_molecules(file(text))] == [True] * 3

    @pytest.mark.parametrize("bad", [frame(WATER.replace("O", "Q")), frame(count=2), frame(count=4), frame("O 0 0\n")])
    def test_a_bad_frame_is_listed_and_its_neighbours_are_kept(self, file, bad):
        path = file(frame() + bad + frame())
        entries = list(iterate_library(path))
        assert [entry.number for entry in entries] == [0, 1, 2]
        assert [entry.data is None for entry in entries] == [False, True, False]
        assert is_water(entries[0].data) and is_water(entries[2].data)
        with pytest.raises(ValueError, match=rf"^{path}, frame 1: line \d+: .*; "):
            read_molecules(path)

    def test_from_the_middle_on(self, file):
        path = file(frame(comment="name=a") + frame(count=4) + frame(comment="name=c"))
        assert [(entry.number, entry.name) for entry in iterate_library(path, 1)] == [(1, ""), (2, "c")]

    def test_one_frame_beside_bad_ones(self, file):
        bad, worse = frame(count=4), frame("Q 0 0 0\n", count=1)
        path = file(bad + frame(comment="energy=1") + worse + frame(comment="energy=3"))
        assert [float(read_molecule(path, k).energy) for k in (1, 3, -1, -3)] == [1, 3, 3, 1]
        assert [read_frame(path, k).calc.results["energy"] for k in (1, 3, -1, -3)] == [1, 3, 3, 1]
        for k in (0, 2, -2):
            with pytest.raises(ValueError, match=r"frame -?\d: line \d+: "):
                read_molecule(path, k)
            with pytest.raises(ValueError, match=r"frame -?\d: line \d+: "):
                read_frame(path, k)
        for k in (4, -5):
            with pytest.raises(IndexError, match="has 4 frames, numbered from 0"):
                read_molecule(path, k)
        with pytest.raises(ValueError, match="holds no molecule"):
            read_molecule(file(""), 0)

    def test_no_atoms(self, file):
        (empty, water) = iterate_library(file("0\nnothing\n" + frame()))
        assert "line 1: the frame has no atoms" in empty.problem and is_water(water.data)


class TestRows:
    @pytest.mark.parametrize(
        "rows",
        [
            "8 0 0 0\n1 0.96 0 0\n1 -0.24 0.93 0\n",
            "O 0.0D0 0 0\nH 9.6D-1 0 0\nH -0.24d+0 9.3-1 0\n",
            "O1 0 0 0\nH_2 0.96 0 0\nH3 -0.24 0.93 0\n",
            "o\t0\t0\t0\nh\t0.96\t0\t0\nh\t-0.24\t0.93\t0\n",
            "  O   0 0 0  \r\nH 0.96 0 0\r\nH -0.24 0.93 0\r\n",
            "O 0 0 0 -0.8\nH 0.96 0 0 0.4\nH -0.24 0.93 0 0.4 and so on\n",
            "O 0 0 0\nD 0.96 0 0\nT -0.24 0.93 0\n",
        ],
    )
    def test_plain_meaning_is_read(self, file, rows):
        (data,) = read_molecules(file(frame(rows)))
        assert is_water(data)

    def test_heavy_hydrogen_has_its_mass(self, file):
        atoms = read_frame(file(frame("O 0 0 0\nD 0.96 0 0\nH -0.24 0.93 0\n")), 0)
        assert atoms.get_chemical_symbols() == ["O", "H", "H"]
        assert atoms.get_masses().tolist() == [15.999, 2.014101778, 1.008]

    @pytest.mark.parametrize(
        ("row", "words"),
        [
            ("Q 0 0 0", "line 3: 'Q' is not an element"),
            ("CA1 0 0 0", "line 3: 'CA1' is not an element"),
            ("O 0 0 ****", r"line 3: '\*\*\*\*' is not a number"),
            ("O 0,0 0,0 0,0", "line 3: '0,0' is not a number"),
            ("O 1_0 0 0", "line 3: '1_0' is not a number"),
            ("O 0 0 nan", "NaN or infinite"),
            ("O 0 0 1D400", "NaN or infinite"),
        ],
    )
    def test_what_is_unclear_is_refused_with_its_line(self, file, row, words):
        with pytest.raises(ValueError, match=words):
            read_molecules(file(frame(WATER.replace("O 0 0 0", row))))


class TestComments:
    @pytest.mark.parametrize(
        "comment",
        [
            "",
            "Properties of water = good",
            "Properties",
            "Properties=good",
            "Lattice and stress and virial, pbc too",
            "energy",
            "an 'odd \"comment = with {brackets",
            'name="the energy of pbc"',
            "energie = été",
            "\\",
            "=",
            '_JSON="_JSON {"',
        ],
    )
    def test_free_text_means_nothing(self, file, comment):
        (data,) = read_molecules(file(frame(comment=comment)))
        assert is_water(data) and set(data.keys()) == {"z", "pos"}

    @pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "utf-8-sig"])
    def test_any_encoding(self, file, encoding):
        (entry,) = iterate_library(file(frame(comment='name="näme 25 °C"'), encoding))
        assert entry.name == "näme 25 °C" and is_water(entry.data)

    @pytest.mark.parametrize("energy", ["-76.5", "-7.65D+01", "-0.765+2"])
    def test_results(self, file, energy):
        (data,) = read_molecules(file(frame(comment=f"step 3 energy={energy} name=water")))
        assert data.energy.tolist() == [-76.5]

    @pytest.mark.parametrize(
        ("comment", "words"),
        [
            ("Properties=species:S:1:pos:R", "line 2: Properties=species:S:1:pos:R is not a list of columns"),
            ("Properties=species:S:1:pos:X:3", "is not a list of columns"),
            ("Properties=pos:R:3", "lacks the elements"),
            ("Properties=species:S:1:pos:R:3:charges:R:1", "line 3: the row has 4 columns instead of 5"),
            ("Properties=species:S:1:pos:R:2", "line 3: the row has 4 columns instead of 3"),
            ("energy=high", "line 2: energy=high in the comment is not a number"),
            ("energy=T", "energy=True in the comment is not a number"),
            ('Lattice="1 0 0"', "line 2: the comment is not extended XYZ"),
            ('Lattice="9 0 0 0 9 0 0 0 9"', "periodic"),
        ],
    )
    def test_extended_xyz_that_is_not_as_it_should_be(self, file, comment, words):
        with pytest.raises(ValueError, match=words):
            read_molecules(file(frame(comment=comment)))


def test_everything_that_ase_writes_comes_back(file):
    frames = []
    for name in ("H2O", "CH3OH", "C6H6"):
        atoms = molecule(name)
        atoms.set_momenta(0.3 * atoms.positions)
        atoms.new_array("tag", np.arange(len(atoms)))
        atoms.new_array("ring", atoms.numbers == 6)
        atoms.set_constraint(FixAtoms([0]))
        atoms.info |= {"charge": 0, "gap": 1.5, "name": f"{name} of 'mine'", "list": [1, 2, 3], "flag": True}
        results = {"energy": -1.5 * len(atoms), "forces": 0.1 * atoms.positions, "dipole": np.arange(3.0)}
        atoms.calc = SinglePointCalculator(atoms, charges=0.1 * atoms.numbers, **results)
        frames.append(atoms)
    path = file("")
    write(path, frames, format="extxyz")
    plain = read(path, index=":", format="extxyz")
    for number, theirs in enumerate(plain):
        ours = read_frame(path, number)
        assert ours == theirs and str(ours.info) == str(theirs.info)
        assert ours.arrays.keys() == theirs.arrays.keys()
        assert all(np.array_equal(ours.arrays[key], theirs.arrays[key]) for key in theirs.arrays)
        assert ours.calc.results.keys() == theirs.calc.results.keys()
        assert all(np.array_equal(ours.calc.results[key], value) for key, value in theirs.calc.results.items())
        assert str(ours.constraints) == str(theirs.constraints)
    for data, atoms in zip(read_molecules(path), plain, strict=True):
        expected = from_ase(atoms)
        assert data.keys() == expected.keys()
        assert all(torch.equal(data[key], expected[key]) for key in expected.keys())


def test_atomic_numbers_in_a_column(file):
    rows = "0 0 0 8\n0.96 0 0 1\n-0.24 0.93 0 1\n"
    (data,) = read_molecules(file(frame(rows, "Properties=pos:R:3:Z:I:1")))
    assert is_water(data)
    with pytest.raises(ValueError, match="line 3: 'O' in the column Z is not a whole number"):
        read_molecules(file(frame(rows.replace("8", "O"), "Properties=pos:R:3:Z:I:1")))


def test_a_frame_in_the_middle_of_a_traj(tmp_path):
    path = tmp_path / "a.traj"
    write(path, [molecule("H2O"), Atoms("He", cell=[9, 9, 9], pbc=True), molecule("NH3")])
    entries = list(iterate_library(path))
    assert [entry.data is None for entry in entries] == [False, True, False]
    with pytest.raises(ValueError, match=rf"^{path}, frame 1: atoms are periodic"):
        read_molecules(path)
