import math

import pytest
import torch

from torch_molfield.data import Entry, MolFieldData, from_smiles
from torch_molfield.encode import encode
from torch_molfield.encode.surfaces import SurfaceEncoder
from torch_molfield.fields import SignedDistanceField
from torch_molfield.surface import read_mesh


def test_areas_cavities_and_files(tmp_path):
    helium = MolFieldData(z=torch.tensor([2]), pos=torch.ones(1, 3))
    curium = MolFieldData(z=torch.tensor([96]), pos=torch.ones(1, 3))
    library = [Entry(3, "He", helium), Entry(4, "Cm", curium), Entry(7, "", from_smiles("O"))]
    found = encode(SurfaceEncoder(SignedDistanceField("vdw"), 0.3, tmp_path), library)
    assert found["number"].tolist() == [3, 7] and "Cm" in found["problem"][0]
    assert found["area"][0] == pytest.approx(4 * math.pi * 1.4**2, rel=1e-6)
    assert found["cavities"].tolist() == [0, 0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["00000003.ply", "00000007.ply"]
    assert set(read_mesh(tmp_path / "00000007.ply").values["atom"].tolist()) == {0, 1, 2}
