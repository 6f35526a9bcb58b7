import pytest
import torch

from torch_molfield.nn.heads.energy_model import EnergyModel


class Springs(EnergyModel):
    """Σ ½ |x|², with one trainable stiffness."""

    def __init__(self):
        super().__init__()
        self.stiffness = torch.nn.Parameter(torch.tensor(1.0, dtype=torch.float64))

    def forward(self, z, pos, batch=None, charge=None):
        batch = torch.zeros_like(z) if batch is None else batch
        sums = pos.new_zeros(int(batch[-1]) + 1).index_add(0, batch, 0.5 * self.stiffness * pos.square().sum(-1))
        return self.from_sums(sums, z, batch)


def atoms():
    torch.manual_seed(0)
    return torch.tensor([6, 1, 8, 1, 1]), torch.randn(5, 3, dtype=torch.float64), torch.tensor([0, 0, 1, 1, 1])


def test_energies_are_sums_over_atoms_and_forces_their_negative_gradient():
    model, (z, pos, batch) = Springs(), atoms()
    found = model.forces(z, pos, batch)
    expected = torch.stack([0.5 * pos[:2].square().sum(), 0.5 * pos[2:].square().sum()])
    torch.testing.assert_close(found["energy"], expected)
    torch.testing.assert_close(found["forces"], -pos)
    assert not found["forces"].requires_grad


def test_a_loss_of_forces_reaches_the_parameters():
    model, (z, pos, batch) = Springs(), atoms()
    model.forces(z, pos, batch, create_graph=True)["forces"].square().sum().backward()
    torch.testing.assert_close(model.stiffness.grad, 2 * pos.square().sum())


def test_measured_references_are_added_and_the_scale_is_that_of_the_forces():
    model, (z, pos, batch) = Springs(), atoms()
    own = {1: -13.0, 6: -1030.0, 8: -2041.0}
    many, which = z.repeat(8)[:32], torch.randint(0, 6, (32,), generator=torch.Generator().manual_seed(1)).sort().values
    energy = torch.zeros(6, dtype=torch.float64)
    energy.index_add_(0, which, torch.tensor([own[int(k)] for k in many], dtype=torch.float64))
    forces = torch.full((32, 3), 0.7, dtype=torch.float64)
    model.measure(many, which, energy, forces)
    assert float(model.scale) == pytest.approx(0.7, rel=1e-6)
    expected = torch.tensor([sum(own[int(k)] for k in z[batch == b]) for b in (0, 1)], dtype=torch.float64)
    bare = model(z, torch.zeros_like(pos), batch)["energy"]
    torch.testing.assert_close(bare, expected, rtol=1e-5, atol=1e-3)
    stretched = model(z, pos, batch)["energy"] - bare
    torch.testing.assert_close(
        stretched, 0.7 * torch.stack([0.5 * pos[:2].square().sum(), 0.5 * pos[2:].square().sum()])
    )
