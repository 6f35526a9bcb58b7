import pytest

from torch_molfield.data import iterate_library, read_molecules
from torch_molfield.data.io.read import library_size, read_molecule_argument
from torch_molfield.data.io.values import library_values

LONG = "NCC(=O)" * 45 + "O"


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_names_in_any_encoding(tmp_path, encoding, end):
    path = tmp_path / "a.smi"
    path.write_bytes(end.join(["C méthane", "", "O\twater, pure", "C1CC", "N"]).encode(encoding))
    entries = list(iterate_library(path))
    assert [entry.name for entry in entries] == ["méthane", "water, pure", "C1CC", "N"]
    assert [entry.data is None for entry in entries] == [False, False, True, False]
    assert library_size(path) == 4 and len(library_values(path, "MolLogP")) == 4
    with pytest.raises(ValueError, match=r"a\.smi, molecule 2: RDKit refuses the SMILES 'C1CC'"):
        read_molecules(path)


@pytest.mark.parametrize("smiles", ["C" * 300, "F/C=C/F", r"F/C=C\F", "C/C=C/C", "[H]/C([H])=C/C.Cl", r"Cl\C=C\Cl"])
def test_arguments_that_are_no_paths(smiles, monkeypatch):
    taken = []
    monkeypatch.setattr("torch_molfield.data.io.read.from_smiles", lambda text, **_: taken.append(text))
    read_molecule_argument(smiles)
    assert taken == [smiles]


def test_a_long_argument_that_is_neither():
    with pytest.raises(ValueError, match="is not a file, and as a SMILES: RDKit refuses"):
        read_molecule_argument("C" * 300 + "(")
    with pytest.raises(FileNotFoundError, match="There is no file"):
        read_molecule_argument("x" * 300 + ".xyz")
