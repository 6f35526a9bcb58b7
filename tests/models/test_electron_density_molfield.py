import pytest
import torch

from torch_molfield.models import ElectronDensityMolField, load_model
from torch_molfield.nn.gaussians import AtomCenteredDensity, density_basis
from torch_molfield.testing import check_field_function, molecule, random_rotations
from torch_molfield.testing.molecules import MOLECULES

SMALL = {"width": 8, "tensors": 4, "layers": 2, "radial": 4, "sources": 2}


def made(dtype=torch.float64, **settings):
    """A model whose last layer is not zero, as it is at first."""
    torch.manual_seed(0)
    model = ElectronDensityMolField(**{**SMALL, **settings})
    torch.nn.init.normal_(model.readout, std=0.1)
    return model.to(dtype).eval()


def together(names):
    parts = [molecule(name) for name in names]
    z, pos = (torch.cat(column) for column in zip(*parts, strict=True))
    return z, pos, torch.arange(len(parts)).repeat_interleave(torch.tensor([len(each) for each, _ in parts]))


@pytest.mark.parametrize("name", [name for name in MOLECULES if name not in ("C60", "He")])
@pytest.mark.parametrize("mirror", [1.0, -1.0])
def test_pose_and_order(name, mirror):
    """The density turns with the molecule, and is its mirror image's mirror image; symmetric molecules too."""
    model, (z, pos) = made(), molecule(name)
    turn = mirror * random_rotations(1, seed=4)[0]
    order = torch.randperm(len(z), generator=torch.Generator().manual_seed(0))
    points = pos[:4] + torch.tensor([0.4, -0.3, 0.8], dtype=torch.float64)
    before, after = model(z, pos), model(z[order], (pos @ turn.T - 2.0)[order])
    torch.testing.assert_close(after(points @ turn.T - 2.0), before(points), rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(after.potential(points @ turn.T - 2.0), before.potential(points), rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(after.dipole, before.dipole @ turn.T, rtol=1e-6, atol=1e-8)
    torch.testing.assert_close(after.quadrupole, turn @ before.quadrupole @ turn.T, rtol=1e-6, atol=1e-8)


def test_electrons_of_every_charge():
    z, pos, batch = together(["H2O", "CH4", "NH3", "CO2"])
    charge = torch.tensor([-2.0, 0.0, 2.0, 4.0])
    density = made()(z, pos, batch, charge)
    neutral = torch.tensor([10.0, 10.0, 10.0, 22.0], dtype=torch.float64)
    torch.testing.assert_close(density.num_electrons, neutral - charge, rtol=0, atol=1e-10)
    single = made(torch.float32)(z, pos.float(), batch, charge)
    torch.testing.assert_close(single.num_electrons.double(), neutral - charge, rtol=0, atol=1e-4)


def test_a_batch_is_its_molecules():
    model, names = made(), ["H2O", "CO2", "NH3"]
    z, pos, batch = together(names)
    charge, points = torch.tensor([0.0, 2.0, -2.0]), pos + 0.3
    found = model(z, pos, batch, charge)
    for k, name in enumerate(names):
        alone = model(*molecule(name), charge=charge[k : k + 1])
        torch.testing.assert_close(found(points, batch)[batch == k], alone(points[batch == k]))
        torch.testing.assert_close(found.dipole[k], alone.dipole[0])


def test_function_protocol():
    check_field_function(made()(*together(["H2O", "CH4"])), atol=1e-6, gradient_atol=1e-4)


def test_slopes_in_the_atoms():
    """∂ρ/∂atoms, of differences; also where an atom passes the cutoff of another."""
    model, (z, pos) = made(cutoff=2.2), molecule("CH4")
    points = pos[:3] + torch.tensor([0.5, 0.2, 0.4], dtype=torch.float64)
    x = pos.clone().requires_grad_()
    (slope,) = torch.autograd.grad(model(z, x)(points).sum(), x)
    move = 1e-4 * torch.randn(pos.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    with torch.no_grad():
        difference = model(z, pos + move)(points).sum() - model(z, pos - move)(points).sum()
    torch.testing.assert_close(2 * (slope * move).sum(), difference, rtol=1e-5, atol=1e-9)


def test_no_jump_along_a_path():
    """While an atom leaves, past the cutoff: half the step, half the change."""
    model, (z, pos) = made(cutoff=2.5), molecule("H2O")
    direction = torch.tensor([[0.0, 0, 0], [1.0, 0.3, 0], [0, 0, 0]], dtype=torch.float64)
    largest = []
    with torch.no_grad():
        for count in (51, 101, 201):
            path = torch.linspace(0, 2.5, count, dtype=torch.float64)
            values = torch.cat([model(z, pos + s * direction).dipole for s in path])
            largest.append(float(values.diff(dim=0).norm(dim=1).max()))
    assert largest[1] < 0.6 * largest[0] and largest[2] < 0.6 * largest[1]


@torch.no_grad()
def test_many_atoms_at_linear_cost():
    z, pos = molecule("H2O")
    shift = 3.2 * torch.stack(torch.meshgrid(*[torch.arange(5.0)] * 3, indexing="ij"), -1).reshape(-1, 1, 3)
    many = (pos + shift.double()).reshape(-1, 3).float()
    density = made(torch.float32)(z.repeat(125), many)
    assert float(density.num_electrons) == pytest.approx(1250, abs=1e-2)
    assert bool(density(many[:50] + 0.4).isfinite().all())


def test_untrained_it_is_the_free_atoms():
    model, (z, pos) = ElectronDensityMolField(**SMALL).double().eval(), molecule("H2O")
    torch.testing.assert_close(model(z, pos)(pos + 0.3), AtomCenteredDensity(z, pos)(pos + 0.3), rtol=1e-6, atol=1e-6)


def test_metric_of_the_atoms():
    """The square of a whitened difference is the Coulomb energy of the difference, twice."""
    model, (z, _) = made(), molecule("H2O")
    basis = density_basis()
    row = torch.zeros(int(basis.sizes(z).sum()), dtype=torch.float64)
    row[:10] = torch.linspace(-1, 1, 10, dtype=torch.float64)  # the s shells of oxygen
    tokens = basis.to_tokens(z, row)
    whitened = model.from_tokens(z, tokens)
    matrix = basis.shells[basis.elements.index(8)].coulomb(0)
    assert float(whitened.square().sum()) == pytest.approx(float(row[:10] @ matrix @ row[:10]))
    torch.testing.assert_close(model.to_tokens(z, whitened), tokens)


def test_bad_input():
    model, (z, pos) = made(elements=[1, 8]), molecule("H2O")
    with pytest.raises(ValueError, match="molecule 0 of the batch would have 9 electrons at charge \\+1"):
        model(z, pos, charge=torch.tensor([1.0]))
    with pytest.raises(ValueError, match=r"charge must have shape \[1\]"):
        model(z, pos, charge=torch.tensor([0.0, 0.0]))
    with pytest.raises(ValueError, match="was not trained on C"):
        model(*molecule("CH4"))
    with pytest.raises(ValueError, match="without functions in the basis: Ne"):
        made()(torch.tensor([10]), pos[:1])


def test_a_saved_model_is_a_function_of_space(tmp_path):
    model, (z, pos) = made(), molecule("NH3")
    again = load_model(model.save_pretrained(tmp_path))
    function = again.function_of(z, pos)
    assert function.channels == ("electron_density",) and function.potential.units == "V"
    torch.testing.assert_close(function(pos), model(z, pos)(pos))
    mesh = function.to_mesh(level=0.01, spacing=0.4, ascent=True)
    assert mesh.volume > 10
