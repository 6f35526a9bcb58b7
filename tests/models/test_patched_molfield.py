import numpy as np
import pytest
import torch
from torch_geometric.data import Data

from torch_molfield.data import from_smiles
from torch_molfield.data.elements import atomic_number
from torch_molfield.fields import SignedDistanceField
from torch_molfield.models import MolField, PatchedMolField
from torch_molfield.models.patched_molfield import DEEP, FAR, exposed_atoms, patch_centres
from torch_molfield.testing import molecule, random_rotations
from torch_molfield.training import surface_cloud

FIELD = {"hidden": 16, "depth": 2, "num_frequencies": 16, "width": 16, "vectors": 4, "heads": 2, "trunk_layers": 1}


def make(**changes):
    torch.manual_seed(0)
    return PatchedMolField(**changes, field=FIELD).double().eval()


@pytest.fixture(scope="module")
def chain():
    """``(z, pos)`` of a chain of some 15 Å."""
    data = from_smiles("CCCCCCCCCCCC")
    return data.z, data.pos.double()


def around(pos, number=40):
    generator = torch.Generator().manual_seed(1)
    atom = torch.randint(len(pos), (number,), generator=generator)
    return pos[atom] + torch.randn(number, 3, generator=generator, dtype=pos.dtype)


@torch.no_grad()
def test_patches_that_hold_the_whole_molecule_are_its_molfield():
    z, pos = molecule("R-CHFClBr")
    model, points = make(reach=4.5, radius=9.0), around(pos)
    torch.testing.assert_close(model(z, pos)(points), model.field(z, pos)(points))


@torch.no_grad()
def test_it_turns_with_the_molecule(chain):
    z, pos = chain
    model, points, turn = make(reach=3.0, radius=5.0), around(pos), random_rotations(1, seed=2)[0]
    order = torch.randperm(len(z), generator=torch.Generator().manual_seed(0))
    values = model(z, pos)(points)
    turned = model(z[order], (pos @ turn.T + 2.0)[order])(points @ turn.T + 2.0)
    torch.testing.assert_close(turned, values, atol=1e-9, rtol=0)
    assert float(values.std()) > 0.01


@torch.no_grad()
def test_atoms_of_a_patch_may_be_far_from_their_centroid():
    side = [[8.0, y, x] for y in (-1.5, 0.0, 1.5) for x in (0.0, 1.5)]
    pos = torch.tensor([[0.0, 0.0, 0.0], [-8.5, 0.0, 0.0], *side], dtype=torch.float64)
    assert float((pos - pos.mean(0)).norm(dim=1).max()) > 12.0
    field = make(reach=4.5, radius=9.0)(torch.full((len(pos),), 6), pos)
    assert bool(field(pos).isfinite().all())


@torch.no_grad()
def test_what_is_far_away_does_not_matter(chain):
    z, pos = chain
    model = make(reach=3.0, radius=5.0)
    points = around(pos)
    alone = model(z, pos)(points)
    both = model(z.repeat(2), torch.cat([pos, pos + 40.0]))(points)
    torch.testing.assert_close(both, alone, atol=1e-12, rtol=0)


@torch.no_grad()
def test_points_without_a_patch_are_outside_or_buried():
    z, pos = molecule("C60")
    field = make(reach=2.5, radius=5.0)(z, pos)
    middle = pos.mean(0, keepdim=True)
    filled = make(reach=2.5, radius=5.0)(torch.cat([z, torch.tensor([2])]), torch.cat([pos, middle]))
    assert float(field(middle + 30.0)) == FAR
    assert float(filled(middle + 0.1)) == DEEP


@torch.no_grad()
def test_a_point_near_a_hydrogen_beyond_all_patches_is_outside():
    z, pos = molecule("CH4")
    bond = pos[1] - pos[0]
    point = pos[1] + bond * (2.6 / bond.norm())
    assert float((point - pos[0]).norm()) > 3.2 > float((point - pos[1]).norm())
    assert float(make()(z, pos)(point[None])) == FAR


@torch.no_grad()
def test_a_hydrogen_that_is_all_that_the_solvent_touches_has_a_patch():
    z, pos = torch.tensor([2, 1]), torch.tensor([[0.0, 0.0, 0.0], [3.0, 0.0, 0.0]], dtype=torch.float64)
    for exposed, centres in (((True, True), [0, 1]), ((False, True), [1])):
        assert patch_centres(z, pos, torch.tensor(exposed)).tolist() == centres
    pos[1] = torch.tensor([1.0, 0.0, 0.0])
    assert patch_centres(z, pos, torch.tensor((True, True))).tolist() == [0]
    assert patch_centres(z, pos, torch.tensor((False, True))).tolist() == [1]


@torch.no_grad()
def test_it_is_kept(tmp_path):
    z, pos = molecule("CH4")
    model = make(reach=4.0)
    again = PatchedMolField.from_pretrained(model.save_pretrained(tmp_path / "patched")).double()
    assert (again.reach, again.radius) == (4.0, 6.2)
    points = around(pos)
    torch.testing.assert_close(again(z, pos)(points), model(z, pos)(points), atol=1e-6, rtol=0)


def test_patches_reach_the_surface_of_a_piece_of_peptide_and_know_what_shapes_it(data_dir):
    with np.load(data_dir / "traj" / "nmr_neopetrosiamide_24models.npz") as archive:
        z = torch.tensor([atomic_number(str(symbol)) for symbol in archive["element"][:150]])
        pos = torch.from_numpy(archive["pos"][0, :150]).float()
    field, model = SignedDistanceField("ses"), PatchedMolField()
    points = surface_cloud(field, Data(z=z, pos=pos), 400, seed=0, spacing=0.5).points
    centres = pos[patch_centres(z, pos, exposed_atoms(z, pos, 1.4))]
    distance, nearest = torch.cdist(points, centres).min(1)
    assert float(distance.max()) < model.reach
    errors = []
    for k in torch.arange(0, 400, 20):
        inside = (pos - centres[nearest[k]]).norm(dim=1) <= model.radius
        errors.append(abs(float(field(points[k, None], z[inside], pos[inside]))))
    assert max(errors) < 1e-3


def test_bad_input():
    with pytest.raises(ValueError, match=r"radius \(3\.0 Å\) must be above reach"):
        PatchedMolField(radius=3.0)
    with pytest.raises(ValueError, match="settings of the field: unknown configuration key 'widht'"):
        PatchedMolField(field={"widht": 3})
    model = make()
    with pytest.raises(ValueError, match="pos is empty"):
        model(torch.zeros(0, dtype=torch.long), torch.zeros(0, 3))
    assert isinstance(model.field, MolField)
