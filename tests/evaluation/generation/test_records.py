import pytest
from rdkit import Chem
from torch_geometric.data import Data

from tests.g2 import molecule
from torch_molfield.data import read_molecules
from torch_molfield.evaluation.generation.protocols import find_protocols
from torch_molfield.evaluation.generation.records import as_sdf, as_smiles, as_xyz, make_record


def record(z, pos):
    (rule,) = find_protocols(["edm"]).values()
    return make_record(Data(z=z, pos=pos), rule, {"seed": "3"})


@pytest.fixture
def records():
    """Acetamide, the same with its nitrogen far away, the same with its oxygen between the carbons, which is not valid,
    and methanethiol, which the tables do not have."""
    z, pos = molecule("CH3CONH2")
    broken = pos.clone()
    broken[z == 7] += 3.0
    bad = pos.clone()
    bad[z == 8] = pos[z == 6].mean(0)  # between its carbons: bonded to both of them twice
    return [record(z, pos), record(z, broken), record(z, bad), record(*molecule("CH3SH"))]


def test_properties(records):
    whole, broken, bad, foreign = records
    assert whole.properties == {"seed": "3", "valid": "yes", "connected": "yes", "stable": "yes"}
    assert whole.smiles == "CC(N)=O"
    assert broken.properties["connected"] == broken.properties["stable"] == "no" and broken.smiles is None
    assert bad.properties["valid"] == "no" and bad.smiles is None
    assert foreign.properties["valid"] == "no" and "not S" in foreign.properties["problem"]


def test_an_sdf_file_gives_the_molecules_back(records, tmp_path):
    (tmp_path / "a.sdf").write_text(as_sdf(records))
    found = list(Chem.SDMolSupplier(str(tmp_path / "a.sdf"), sanitize=False, removeHs=False))
    assert [mol.GetNumAtoms() for mol in found] == [9, 9, 9, 6]
    assert [mol.GetNumBonds() > 0 for mol in found] == [True, True, False, False]
    assert (
        all(mol is not None for mol in Chem.SDMolSupplier(str(tmp_path / "a.sdf")))
        and len(read_molecules(tmp_path / "a.sdf")) == 4
    )
    assert found[0].GetProp("stable") == "yes" and found[0].GetProp("_Name") == "0"
    assert Chem.MolToSmiles(Chem.RemoveHs(Chem.SDMolSupplier(str(tmp_path / "a.sdf"))[0])) == "CC(N)=O"


def test_other_files(records):
    assert as_smiles(records) == "CC(N)=O 0\n"
    lines = as_xyz(records).splitlines()
    assert lines[:2] == ["9", "number=0"] and len(lines) == 3 * 11 + 8
