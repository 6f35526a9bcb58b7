import numpy as np
from rdkit import Chem

from torch_molfield.data.conversions.positions import set_positions


def test_one_conformer_in_place_of_others():
    mol = Chem.AddHs(Chem.MolFromSmiles("O"))
    for scale in (1.0, 2.0):
        assert set_positions(mol, scale * np.eye(3, dtype=np.float32)) is mol
    assert mol.GetNumConformers() == 1 and mol.GetConformer().Is3D()
    np.testing.assert_allclose(mol.GetConformer().GetPositions(), 2.0 * np.eye(3))
