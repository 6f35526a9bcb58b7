import pytest
from ase.build import molecule
from ase.io import write
from rdkit import Chem

from torch_molfield.data.io.read import library_size


def test_counts_what_is_read(tmp_path):
    frames = [molecule("H2O"), molecule("CH4"), molecule("CO")]
    for ending in ("xyz", "extxyz", "traj"):
        write(tmp_path / f"a.{ending}", frames)
        assert library_size(tmp_path / f"a.{ending}") == 3
    (tmp_path / "a.smi").write_text("CCO\n\nO water\n")
    with Chem.SDWriter(str(tmp_path / "a.sdf")) as writer:
        for smiles in ("C", "CC"):
            writer.write(Chem.MolFromSmiles(smiles))
    assert library_size(tmp_path / "a.smi") == library_size(tmp_path / "a.sdf") == 2


@pytest.mark.parametrize("ending", ["xyz", "traj"])
def test_what_is_broken_has_no_number(tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    path.write_text("nonsense\n")
    assert library_size(path) is None
