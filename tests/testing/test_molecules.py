import pytest
import torch

from torch_molfield.testing import molecule
from torch_molfield.testing.molecules import MOLECULES, alkane, ammonia, triatomic

BONDS = {"CH4": (1.09, 4), "C6H6": (1.397, 6), "SF6": (1.561, 6), "C60": (1.43, 90), "CO2": (1.16, 2)}


@pytest.mark.parametrize("name", BONDS)
def test_bonds(name):
    length, number = BONDS[name]
    _, pos = molecule(name)
    assert int(((torch.pdist(pos) - length).abs() < 1e-3).sum()) == number


@pytest.mark.parametrize("carbons", [2, 3, 40])
def test_carbons_of_a_chain_have_four_bonds(carbons):
    z, pos = alkane(carbons)
    bonds = (torch.cdist(pos, pos) < 1.6).sum(1) - 1
    assert bonds.tolist() == carbons * [4] + (2 * carbons + 2) * [1]
    assert float(torch.pdist(pos).min()) == pytest.approx(1.09, abs=1e-3)
    assert float(torch.pdist(pos[z == 1]).min()) > 1.7


def test_enantiomers_are_mirror_images():
    (z, right), (_, left) = molecule("R-CHFClBr"), molecule("S-CHFClBr")
    assert z.tolist() == [6, 1, 9, 17, 35]
    torch.testing.assert_close(torch.pdist(right), torch.pdist(left))
    volume = [torch.linalg.det(p[2:5] - p[1]) for p in (right, left)]
    assert volume[0] == -volume[1]
    # Seen with H behind, Br → Cl → F runs clockwise in R: a negative triple product.
    priority = torch.linalg.cross(right[4] - right[0], right[3] - right[0]) @ (right[2] - right[0])
    assert priority < 0


def test_numbers_and_errors():
    assert len(molecule("C60")[0]) == 60
    assert all(molecule(name)[1].dtype == torch.float64 for name in MOLECULES)
    assert ammonia(0.0)[1][:, 2].abs().max() == 0
    assert float((triatomic((8, 6, 8), (1.16, 1.2), 0.3)[1][2]).norm()) == pytest.approx(1.2)
    with pytest.raises(ValueError, match="benzyne"):
        molecule("benzyne")
