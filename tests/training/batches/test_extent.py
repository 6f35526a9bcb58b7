import pytest
from torch_geometric.data import Data

from torch_molfield.geometry.packed import PackedMolecules
from torch_molfield.models.molfield import MAX_RADIUS
from torch_molfield.testing import molecule
from torch_molfield.testing.molecules import alkane
from torch_molfield.training.batches.extent import model_radius


def packed(*molecules):
    return PackedMolecules([Data(z=z, pos=pos.float()) for z, pos in molecules])


def test_small_molecules_have_the_usual_radius():
    assert model_radius(packed(molecule("H2O"))) == MAX_RADIUS


def test_large_ones_fit_with_room():
    z, pos = alkane(40)
    reach = float((pos - pos.mean(0)).norm(dim=1).max())
    found = model_radius(packed(molecule("H2O"), (z, pos + 50.0)))
    assert found == pytest.approx(1.01 * reach, rel=1e-5)
    assert found > MAX_RADIUS


def test_settings_that_are_too_small_name_the_molecule():
    molecules = packed(molecule("H2O"), alkane(40))
    assert model_radius(molecules, 40.0) == 40.0
    with pytest.raises(ValueError, match=r"molecule 1 reaches 2\d\.\d Å.*max_radius of the model is 20 Å"):
        model_radius(molecules, 20.0)
