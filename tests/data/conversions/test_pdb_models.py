"""As many molecules as frames."""

import pytest

from tests.data.conversions.pdb_lines import record, write
from torch_molfield.data import from_pdb, read_ensemble, read_molecules


def frame(shift):
    return record(" C1 ", "LIG", 1, (shift, 0, 0), element="C") + record(
        " O1 ", "LIG", 1, (shift + 1.2, 0, 0), element="O"
    )


def starts(path):
    return [round(float(data.pos[0, 0]), 3) for data in read_molecules(path)]


ONE, TWO, THREE = frame(0.0), frame(0.05), frame(0.11)
NOISE = "CONECT    1    2\nANISOU    1  C1  LIG A   1      123    456    789      0      0      0       C\nMASTER\n"


@pytest.mark.parametrize(
    "text",
    [
        ONE + "END\n" + TWO + "END\n" + THREE + "END\n",
        ONE + "END\n" + TWO + "END\n" + THREE,
        ONE + "ENDMDL\n" + TWO + "ENDMDL\n" + THREE + "ENDMDL\nEND\n",
        ONE + "MODEL 1\n" + TWO + "ENDMDL\nMODEL 2\n" + THREE + "ENDMDL\n",
        "MODEL 1\n" + ONE + "MODEL 2\n" + TWO + "MODEL 3\n" + THREE + "END\n",
        "MODEL        1\n" + ONE + "ENDMDL\nMODEL        1\n" + TWO + "ENDMDL\nMODEL        1\n" + THREE + "ENDMDL\n",
        "MODEL 1\n"
        + ONE
        + "TER\nENDMDL\nEND\nMODEL 2\n"
        + TWO
        + "TER\nENDMDL\nEND\n"
        + NOISE
        + THREE
        + "TER\nEND\n"
        + NOISE,
        "CRYST1\n" + ONE + "end\nCRYST1\n" + TWO + " END   \nREMARK MODEL\n" + THREE + "END\n\n\n",
    ],
)
def test_three_frames(tmp_path, text):
    path = write(tmp_path, text)
    assert starts(path) == [0.0, 0.05, 0.11]
    assert [data.num_nodes for data in read_ensemble(path)] == [2, 2, 2]
    assert float(from_pdb(path, model=3).pos[0, 0]) == pytest.approx(0.11)
    with pytest.raises(ValueError, match=r"has 3 models; model 4"):
        from_pdb(path, model=4)


def test_frames_of_different_molecules(tmp_path):
    path = write(tmp_path, ONE + "END\n", record(" N1 ", "LIG", 1, (0, 0, 0), element="N"), "END\n")
    assert [data.z.tolist() for data in read_molecules(path)] == [[6, 8], [7]]


def test_ter_does_not_divide(tmp_path):
    (data,) = read_molecules(write(tmp_path, frame(0.0), "TER\n", frame(5.0), "TER\n", frame(10.0), "TER\nEND\n"))
    assert data.num_nodes == 6
    with pytest.warns(UserWarning, match=r"C1 of LIG A1 \(line 1\) .* \(line 4\) are 0\.05 Å apart; .*by END"):
        (data,) = read_molecules(write(tmp_path, ONE, "TER\n", TWO, "TER\n", THREE, "TER\n"))
    assert data.num_nodes == 6


def test_a_model_without_atoms(tmp_path):
    path = write(tmp_path, "MODEL 1\n", ONE, "ENDMDL\nMODEL 2\nENDMDL\n")
    with pytest.raises(ValueError, match=r"some\.pdb, line 5: this MODEL has no atoms"):
        read_molecules(path)
