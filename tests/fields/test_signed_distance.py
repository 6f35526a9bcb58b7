import numpy as np
import pytest
import torch
from scipy.spatial import cKDTree
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from tests.fields.brute import boundary_points, box_points, grid_points, sphere
from tests.fields.molecules import batch_of_three, queries, random_rotation
from torch_molfield.data.elements import vdw_radii
from torch_molfield.fields import SignedDistanceField
from torch_molfield.testing.molecules import molecule

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
PROBE = 1.4


def embed(smiles):
    from rdkit import Chem
    from rdkit.Chem import AllChem

    mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
    AllChem.EmbedMolecule(mol, randomSeed=1)
    z = torch.tensor([atom.GetAtomicNum() for atom in mol.GetAtoms()])
    return mol, z, torch.tensor(mol.GetConformer().GetPositions())


def special_points(pos):
    """Atoms, centre, and points on bonds and on axes, where nearest points are tied."""
    return torch.cat([pos, pos.mean(0)[None], 0.5 * (pos[:1] + pos), pos[:1] + 0.25 * (pos - pos[:1])])


@pytest.mark.parametrize("surface", ["vdw", "sas", "ses"])
@pytest.mark.parametrize("name", ["He", "H2", "CO2", "HCN", "NH3", "CH4", "C6H6", "SF6", "R-CHFClBr", "aspirin"])
def test_distance_equals_brute_force(name, surface):
    z, pos = embed(ASPIRIN)[1:] if name == "aspirin" else molecule(name)
    points = torch.cat([box_points(pos, 1500), special_points(pos)])
    value = SignedDistanceField(surface)(points, z, pos)[:, 0].numpy()
    radius = vdw_radii(z, None, torch.float64).numpy() + (0.0 if surface == "vdw" else PROBE)
    sampled = cKDTree(boundary_points(pos.numpy(), radius)).query(points.numpy())[0]
    gap = np.min([np.linalg.norm(points.numpy() - x, axis=1) - r for x, r in zip(pos.numpy(), radius, strict=True)], 0)
    expected = np.where(gap >= 0, gap, -sampled) + (PROBE if surface == "ses" else 0.0)
    # A sample is never nearer than the surface, so the error has one sign inside and vanishes outside.
    error = value - expected
    assert error.min() > -1e-6
    assert error.max() < 0.08
    assert abs(error[gap >= 0]).max() < 1e-12
    assert error[gap < 0].mean() < 5e-3


@pytest.mark.parametrize(("gap", "area", "volume"), [(1.5, 52.0753, 33.4993), (3.0, 66.0780, 42.3467)])
def test_two_spheres_have_the_analytic_solvent_excluded_area_and_volume(gap, area, volume):
    from skimage.measure import marching_cubes, mesh_surface_area

    z, pos = torch.tensor([6, 6]), torch.tensor([[0.0, 0.0, 0.0], [gap, 0.0, 0.0]], dtype=torch.float64)
    lattice = grid_points(pos.min(0).values - 2.0, pos.max(0).values + 2.0, 0.1)
    value = SignedDistanceField("ses")(lattice.reshape(-1, 3), z, pos).reshape(lattice.shape[:3])
    vertices, faces, _, _ = marching_cubes(value.numpy(), 0.0, spacing=(0.1, 0.1, 0.1))
    a, b, c = vertices[faces].transpose(1, 0, 2)
    assert mesh_surface_area(vertices, faces) == pytest.approx(area, rel=2e-3)
    assert abs((a * np.cross(b, c)).sum() / 6) == pytest.approx(volume, rel=2e-3)


def zero_set_area(surface, z, pos, probe):
    """Area of the part of all spheres that the field says is on the surface."""
    radius = vdw_radii(z, None, torch.float64) + probe
    directions = torch.from_numpy(sphere(4000))
    points = (pos[:, None] + radius[:, None, None] * directions).reshape(-1, 3)
    on_surface = SignedDistanceField(surface)(points, z, pos)[:, 0].reshape(len(z), -1) > -1e-9
    return float((4 * np.pi * radius**2 * on_surface.double().mean(1)).sum())


@pytest.mark.parametrize("smiles", [ASPIRIN, "CCO", "c1ccccc1", "CCCCCC(=O)OC", "CS(=O)(=O)N"])
def test_accessible_area_agrees_with_freesasa(smiles):
    freesasa = pytest.importorskip("freesasa")
    _, z, pos = embed(smiles)
    options = freesasa.Parameters({"algorithm": freesasa.LeeRichards, "n-slices": 300, "probe-radius": PROBE})
    reference = freesasa.calcCoord(pos.flatten().tolist(), vdw_radii(z, None, torch.float64).tolist(), options)
    assert zero_set_area("sas", z, pos, PROBE) == pytest.approx(reference.totalArea(), rel=2e-3)


@pytest.mark.parametrize("surface", ["vdw", "sas"])
@pytest.mark.parametrize("smiles", [ASPIRIN, "C1CCCCC1", "c1ccc(cc1)-c1ccccc1", "OCC(O)C(N)=O", "FC(Cl)Br"])
def test_area_and_volume_agree_with_rdkit(smiles, surface):
    from rdkit.Chem.rdMolDescriptors import DoubleCubicLatticeVolume
    from rdkit.Geometry import Point3D

    mol, z, pos = embed(smiles)
    probe = 0.0 if surface == "vdw" else PROBE
    radius = vdw_radii(z, None, torch.float64).tolist()
    areas, volumes = [], []
    # RDKit's lattices depend on the pose: areas and volumes spread by 1 %, so take their means.
    for seed in range(16):
        for atom, place in enumerate((pos @ random_rotation(seed)).tolist()):
            mol.GetConformer().SetAtomPosition(atom, Point3D(*place))
        reference = DoubleCubicLatticeVolume(mol, radius, probeRadius=probe)
        areas.append(reference.GetSurfaceArea())
        volumes.append(reference.GetVolume())
    lattice = grid_points(pos.min(0).values - 3.7, pos.max(0).values + 3.7, 0.25).reshape(-1, 3)
    # A lattice cell of a true distance f is filled to 1/2 - f/h.
    filled = (0.5 - SignedDistanceField(surface)(lattice, z, pos)[:, 0] / 0.25).clamp(0.0, 1.0)
    assert zero_set_area(surface, z, pos, probe) == pytest.approx(np.mean(areas), rel=1e-2)
    assert float(filled.sum()) * 0.25**3 == pytest.approx(np.mean(volumes), rel=1e-2)


@pytest.mark.parametrize("surface", ["vdw", "sas", "ses"])
def test_slope_is_one_and_the_derivative_of_the_value(surface):
    _, z, pos = embed(ASPIRIN)
    points = box_points(pos, 600).requires_grad_()
    pos = pos.requires_grad_()
    field = SignedDistanceField(surface)
    weight = torch.randn(600, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    (slope,) = torch.autograd.grad(field(points, z, pos).sum(), points)
    (by_atom,) = torch.autograd.grad((field(points, z, pos)[:, 0] * weight).sum(), pos)
    step, push = 1e-5, torch.randn(pos.shape, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    with torch.no_grad():
        moved = [field(points + s * step * slope, z, pos) for s in (1, -1)]
        pushed = [field(points, z, pos + s * step * push)[:, 0] for s in (1, -1)]
    torch.testing.assert_close(slope.norm(dim=1), torch.ones_like(weight), atol=1e-9, rtol=0)
    along = (moved[0] - moved[1])[:, 0] / (2 * step)
    assert ((along - 1).abs() < 1e-6).double().mean() > 0.995  # a kink may lie within the step
    numeric = ((pushed[0] - pushed[1]) / (2 * step) * weight).sum()
    torch.testing.assert_close((by_atom * push).sum(), numeric, atol=1e-3, rtol=1e-4)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("surface", ["vdw", "sas", "ses"])
@pytest.mark.parametrize("name", ["He", "CO2", "CH4", "C6H6", "SF6"])
def test_derivatives_are_finite_where_nearest_points_are_tied(name, surface, dtype):
    z, pos = molecule(name, dtype)
    pos = pos.requires_grad_()
    points = special_points(pos.detach()).requires_grad_()
    value = SignedDistanceField(surface)(points, z, pos)
    grads = torch.autograd.grad(value.sum(), (points, pos))
    assert torch.isfinite(value).all()
    assert all(torch.isfinite(grad).all() for grad in grads)
    torch.testing.assert_close(grads[0].norm(dim=1), torch.ones(len(points), dtype=dtype), atol=1e-3, rtol=0)


def test_second_derivatives_are_refused():
    z, pos = molecule("H2O")
    points = box_points(pos, 5).requires_grad_()
    (slope,) = torch.autograd.grad(SignedDistanceField()(points, z, pos).sum(), points, create_graph=True)
    with pytest.raises(RuntimeError):
        torch.autograd.grad(slope.sum(), points)


@pytest.mark.parametrize("surface", ["vdw", "sas", "ses"])
def test_batch_equals_single_calls(surface):
    z, pos, batch = batch_of_three()
    points, owner = queries(pos, batch, (40, 3, 200))
    field = SignedDistanceField(surface)
    together = field(points, z, pos, owner, batch)
    for k in range(3):
        alone = field(points[owner == k], z[batch == k], pos[batch == k])
        torch.testing.assert_close(together[owner == k], alone, atol=1e-12, rtol=0)


@pytest.mark.parametrize("surface", ["vdw", "sas", "ses"])
def test_pose_and_order_of_atoms_do_not_matter(surface):
    _, z, pos = embed("CC(=O)NC")
    points, turn = box_points(pos, 500), random_rotation()
    shift = torch.tensor([3.0, -7.0, 11.0], dtype=torch.float64)
    order = torch.randperm(len(z), generator=torch.Generator().manual_seed(5))
    field = SignedDistanceField(surface)
    moved = field(points @ turn.T + shift, z[order], pos[order] @ turn.T + shift)
    torch.testing.assert_close(moved, field(points, z, pos), atol=1e-10, rtol=0)


@pytest.mark.parametrize("surface", ["vdw", "sas", "ses"])
def test_single_precision_far_from_the_origin(surface):
    _, z, pos = embed(ASPIRIN)
    pos = (pos + 100.0).float()
    points = box_points(pos, 3000)
    field = SignedDistanceField(surface)
    single, double = field(points, z, pos), field(points.double(), z, pos.double())
    assert single.dtype == torch.float32
    assert (single - double).abs().max() < 1e-4


class Work(TorchDispatchMode):
    """Counts the numbers that torch computes."""

    done = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        self.done += sum(leaf.numel() for leaf in tree_leaves(out) if isinstance(leaf, torch.Tensor))
        return out


def test_ten_thousand_points_of_aspirin_are_little_work():
    """650 numbers per point, which take a core 20 ms in all; its 21 atoms have 9261 triples."""
    _, z, pos = embed(ASPIRIN)
    pos, field = pos.float(), SignedDistanceField("ses")
    points = box_points(pos, 10_000)
    with Work() as work:
        field(points, z, pos)
    assert work.done < 800 * len(points)


def test_protein_equals_evaluation_of_its_neighbourhood(data_dir):
    from torch_molfield.data.elements import atomic_number

    with np.load(data_dir / "traj" / "adk_dims.npz", allow_pickle=False) as archive:
        pos = torch.from_numpy(archive["pos"][0]).float()
        z = torch.tensor([atomic_number(str(symbol).capitalize()) for symbol in archive["element"]])
    field, centre = SignedDistanceField("ses"), pos[100]
    random = torch.rand(20_000, 3, generator=torch.Generator().manual_seed(0))
    points = torch.cat([box_points(pos, 20_000), centre + 4.0 * (random - 0.5)])
    value = field(points, z, pos)
    near = (pos - centre).norm(dim=1) < 16.0
    local = field(points[20_000:], z[near], pos[near])
    # The surroundings decide all values smaller than the distance to what was left out.
    torch.testing.assert_close(value[20_000:], local, atol=2e-5, rtol=0)
    assert torch.isfinite(value).all()


def test_radii_and_probe_change_the_surface():
    z, pos = torch.tensor([6]), torch.zeros(1, 3)
    points = torch.tensor([[5.0, 0.0, 0.0]])
    assert SignedDistanceField("vdw")(points, z, pos).item() == pytest.approx(3.3)
    assert SignedDistanceField("ses")(points, z, pos).item() == pytest.approx(3.3)
    assert SignedDistanceField("sas", probe_radius=1.0)(points, z, pos).item() == pytest.approx(2.3)
    assert SignedDistanceField("vdw", radii={6: 2.0})(points, z, pos).item() == pytest.approx(3.0)


def test_description_and_empty_query():
    field = SignedDistanceField("ses", radii={30: 1.4})
    assert repr(field) == "SignedDistanceField(surface='ses', probe_radius=1.4, radii={30: 1.4})"
    assert field.channels == ("signed_distance",)
    assert field.units == "Å"
    assert field(torch.zeros(0, 3), torch.tensor([6]), torch.zeros(1, 3)).shape == (0, 1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"surface": "msms"}, "surface must be one of"),
        ({"probe_radius": -1.0}, "probe_radius"),
        ({"probe_radius": float("nan")}, "probe_radius"),
        ({"radii": {6: 0.0}}, "radii must be positive"),
    ],
)
def test_bad_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        SignedDistanceField(**arguments)


def test_element_without_radius_is_refused():
    with pytest.raises(ValueError, match=r"Fe.*radii="):
        SignedDistanceField()(torch.zeros(1, 3), torch.tensor([26]), torch.ones(1, 3))
