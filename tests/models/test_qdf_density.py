import numpy as np
import pytest
import torch

from torch_molfield.fields import GridField
from torch_molfield.functions.cube import read_cube
from torch_molfield.geometry import becke_grid
from torch_molfield.models import QDFDensity, QuantumDeepField
from torch_molfield.nn.qdf.orbital_basis import EXPONENTS
from torch_molfield.surface import mesh_molecule
from torch_molfield.testing import molecule, random_rotations


def make(mode):
    torch.manual_seed(0)
    model = QuantumDeepField(mode, (1, 6, 7, 8), width=10, layers=1)
    with torch.no_grad():
        exponents = torch.empty_like(model.basis.zeta).uniform_(0.7, 2.0)
        model.basis.zeta.copy_(EXPONENTS.free(exponents) if mode == "quadrature" else exponents)
    return model.double()


@pytest.fixture(params=["faithful", "quadrature"])
def density(request):
    return QDFDensity(make(request.param))


@pytest.mark.parametrize("charge", [0, 1])
def test_it_integrates_to_the_number_of_electrons(density, charge):
    z, pos = molecule("H2O")
    points, weights, _ = becke_grid(z, pos, radial=60, degree=35)
    rho = QDFDensity(density.model, charge)(points, z, pos)[:, 0]
    assert float((weights * rho).sum()) == pytest.approx(10 - charge, abs=1e-3)
    assert bool((rho >= 0).all())


def test_the_shipped_model(data_dir):
    z, pos = molecule("CH4", torch.float32)
    points, weights, _ = becke_grid(z, pos, radial=60, degree=35)
    rho = QDFDensity(QuantumDeepField.from_pretrained("qdf"))(points, z, pos)[:, 0]
    assert float((weights * rho).sum()) == pytest.approx(10, abs=1e-3)


def test_a_batch_is_its_molecules(density):
    (z1, x1), (z2, x2) = molecule("H2O"), molecule("CH4")
    points = torch.randn(40, 3, dtype=torch.float64)
    owner = torch.tensor([0] * 15 + [1] * 25)
    batch = torch.tensor([0] * 3 + [1] * 5)
    together = density(points, torch.cat([z1, z2]), torch.cat([x1, x2 + 3.0]), owner, batch)
    torch.testing.assert_close(together[:15], density(points[:15], z1, x1))
    torch.testing.assert_close(together[15:], density(points[15:] - 3.0, z2, x2))


def test_chunks_and_gradients(density, monkeypatch):
    z, pos = molecule("NH3")
    points = torch.randn(30, 3, dtype=torch.float64)
    whole = density(points, z, pos)
    density.chunk_size = 7
    torch.testing.assert_close(density(points, z, pos), whole)
    monkeypatch.setattr("torch_molfield.models.qdf_density.CELLS", 10)
    torch.testing.assert_close(density(points, z, pos), whole)
    x = points[:4].clone().requires_grad_()
    assert torch.autograd.gradcheck(lambda x: density(x, z, pos), (x,))


def test_a_smooth_density_turns_with_the_molecule():
    density, (z, pos) = QDFDensity(make("quadrature")), molecule("CO2")
    points, turn = torch.randn(20, 3, dtype=torch.float64), random_rotations(1, seed=1)[0]
    torch.testing.assert_close(density(points @ turn.T, z, pos @ turn.T), density(points, z, pos))


def test_files_and_surfaces(density, tmp_path):
    z, pos = molecule("H2O")
    grid = GridField.from_field(density, z, pos, spacing=0.3)
    grid.to_cube(tmp_path / "rho.cube", z, pos)
    np.testing.assert_allclose(read_cube(tmp_path / "rho.cube").values, grid.values.numpy(), rtol=1e-5, atol=1e-9)
    mesh = mesh_molecule(density, z, pos, spacing=0.3, level=0.02, ascent=True)
    assert mesh.is_watertight
    on = density(torch.from_numpy(mesh.vertices), z, pos)
    torch.testing.assert_close(on, torch.full_like(on, 0.02), rtol=1e-3, atol=0)


def test_repr_tells_weights_apart():
    one, other = QDFDensity(make("quadrature")), QDFDensity(make("quadrature"), 1)
    assert repr(one) == repr(QDFDensity(make("quadrature"))) != repr(other)
    with torch.no_grad():
        other.model.basis.zeta[0] += 1
    assert repr(QDFDensity(other.model)) != repr(one)
