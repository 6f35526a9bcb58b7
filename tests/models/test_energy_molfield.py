import pytest
import torch

from torch_molfield.data import BundledTrajectories
from torch_molfield.data.datasets.bundled import BUNDLED_NAMES
from torch_molfield.models import EnergyMolField
from torch_molfield.testing import assert_continuous, molecule, random_rotations
from torch_molfield.testing.molecules import MOLECULES

SMALL = {"width": 8, "vectors": 4, "radial": 4, "sources": 4}
FUNCTION = {"width": 8, "channels": 4, "hidden": 8, "num_frequencies": 8, "heads": 2, "groups": 1}


def made(dtype=torch.float64, **settings):
    """A model whose last layers are not zero, as they are at first."""
    torch.manual_seed(0)
    model = EnergyMolField(**{**SMALL, "charges": True, **settings}).to(dtype).eval()
    for last in [model.head[-1]] + ([] if model.layer is None else [model.layer.leave[-1]]):
        torch.nn.init.normal_(last.weight, std=0.3)
    return model


def central_differences(model, z, pos, step=1e-4):
    batch = torch.arange(2 * pos.numel()).repeat_interleave(len(z))
    moves = step * torch.eye(pos.numel(), dtype=pos.dtype).view(-1, *pos.shape)
    moved = torch.cat([pos + moves, pos - moves]).flatten(0, 1)
    up, down = model(z.repeat(2 * pos.numel()), moved, batch)["energy"].chunk(2)
    return -((up - down) / (2 * step)).view_as(pos)


@pytest.mark.parametrize(
    "settings", [{}, {"function": FUNCTION}, {"electrostatics": True}], ids=["atoms", "function", "electrostatics"]
)
@pytest.mark.parametrize("name", [name for name in MOLECULES if name != "C60"])
def test_pose_and_forces(name, settings):
    """Of symmetric molecules too: planar benzene, linear CO2, methane."""
    model, (z, pos) = made(**settings), molecule(name)
    turn = random_rotations(1, seed=4)[0]
    order = torch.randperm(len(z), generator=torch.Generator().manual_seed(0))
    before, after = model.forces(z, pos), model.forces(z[order], (pos @ turn.T - 2.0)[order])
    torch.testing.assert_close(after["energy"], before["energy"])
    torch.testing.assert_close(after["charges"], before["charges"][order])
    for rows in ("forces", "dipole"):
        turned = before[rows] @ turn.T
        expected = turned[order] if rows == "forces" else turned
        torch.testing.assert_close(after[rows], expected, atol=1e-7, rtol=1e-6)
    assert (central_differences(model, z, pos) - before["forces"]).abs().max() < 1e-6
    assert before["forces"].sum(0).abs().max() < 1e-9


@pytest.mark.parametrize("name", BUNDLED_NAMES)
def test_forces_of_molecules_in_motion(name):
    frame = BundledTrajectories(name)[17]
    model, z, pos = made(), frame.z, frame.pos.double()
    assert (central_differences(model, z, pos) - model.forces(z, pos)["forces"]).abs().max() < 1e-6


def test_with_electrostatics_the_energy_depends_on_the_charge():
    z, pos = molecule("H2O")
    charges = torch.tensor([-1.0, 0.0, 1.0], dtype=torch.float64)
    batch = torch.arange(3).repeat_interleave(len(z))
    for electrostatics in (False, True):
        model = made(electrostatics=electrostatics)
        found = model(z.repeat(3), pos.repeat(3, 1), batch, charges)
        assert (float(found["energy"].detach().std()) > 0.1) == electrostatics
        sums = torch.zeros(3, dtype=torch.float64).index_add(0, batch, found["charges"].detach())
        torch.testing.assert_close(sums, charges)


def test_electrostatics_needs_charges():
    with pytest.raises(ValueError, match="electrostatics needs charges=True"):
        EnergyMolField(electrostatics=True)


def test_electrostatics_of_large_molecules_is_that_of_small_ones(monkeypatch):
    model, (z, pos) = made(electrostatics=True), molecule("C6H6")
    expected = model.forces(z, pos)
    monkeypatch.setattr("torch_molfield.nn.common.pair_memory.DENSE_ATOMS", 4)
    monkeypatch.setattr("torch_molfield.nn.heads.electrostatics.GROUP", 3)
    for name, rows in model.forces(z, pos).items():
        torch.testing.assert_close(rows, expected[name])


def test_forces_at_the_cutoff():
    model, z = made(cutoff=3.0), torch.tensor([6, 8])
    for distance in (2.999, 3.0, 3.001):
        pos = torch.tensor([[0.0, 0, 0], [distance, 0, 0]], dtype=torch.float64)
        assert (central_differences(model, z, pos) - model.forces(z, pos)["forces"]).abs().max() < 1e-6


def test_ethane_through_staggered_and_eclipsed():
    model = made(function=FUNCTION)
    _, steps = torch.linspace(0, 2 * torch.pi / 3, 241, dtype=torch.float64), []
    z = torch.tensor([6, 6, 1, 1, 1, 1, 1, 1])
    for angle in _:
        around = torch.arange(3, dtype=torch.float64) * 2 * torch.pi / 3
        ring = torch.stack([torch.cos(around), torch.sin(around), torch.zeros(3)], dim=1) * 1.02
        other = torch.stack([torch.cos(around + angle), torch.sin(around + angle), torch.zeros(3)], dim=1) * 1.02
        axis = torch.tensor([0.0, 0.0, 1.0], dtype=torch.float64)
        steps.append(torch.cat([-0.77 * axis[None], 0.77 * axis[None], ring - 1.16 * axis, other + 1.16 * axis]))
    batch = torch.arange(len(steps)).repeat_interleave(8)
    told = model.forces(z.repeat(len(steps)), torch.cat(steps), batch)
    assert_continuous(told["forces"].view(len(steps), -1))


def test_a_batch_is_its_molecules():
    model, parts = made(function=FUNCTION), [molecule(name) for name in ("H2O", "CO2", "NH3")]
    batch = torch.arange(3).repeat_interleave(torch.tensor([len(z) for z, _ in parts]))
    z, pos = (torch.cat(rows) for rows in zip(*parts, strict=True))
    together = model.forces(z, pos, batch, torch.tensor([0.0, 1.0, 0.0], dtype=torch.float64))
    for b, part in enumerate(parts):
        alone = model.forces(*part, None, torch.tensor([float(b == 1)], dtype=torch.float64))
        torch.testing.assert_close(alone["energy"][0], together["energy"][b])
        for rows in ("forces", "charges"):
            torch.testing.assert_close(alone[rows], together[rows][batch == b])


def test_at_first_the_energy_is_that_of_the_references():
    frames = list(BundledTrajectories(["water_dimer", "benzene"])[::500])
    z, batch = (
        torch.cat([f.z for f in frames]),
        torch.arange(len(frames)).repeat_interleave(torch.tensor([len(f.z) for f in frames])),
    )
    energy, forces = torch.cat([f.energy for f in frames]), torch.cat([f.forces for f in frames])
    model = EnergyMolField(**SMALL)
    model.measure(z, batch, energy, forces)
    told = model(z, torch.cat([f.pos for f in frames]), batch)["energy"]
    assert (told - energy).abs().max() < 1.0  # of some thousands of eV
    # one unit of what the head tells of an atom is the energy of a mean force along 1 Å
    torch.nn.init.constant_(model.head[-1].bias, 1.0)
    grown = model(z, torch.cat([f.pos for f in frames]), batch)["energy"] - told
    scale = float(forces.double().square().mean().sqrt())
    torch.testing.assert_close(grown, scale * torch.bincount(batch).double())


def test_back_from_disk_in_float32_and_float64(tmp_path):
    z, pos = molecule("H2O", torch.float32)
    for dtype in (torch.float32, torch.float64):
        model = made(dtype, elements=[1, 8])
        again = EnergyMolField.from_pretrained(model.save_pretrained(tmp_path / str(dtype)))
        assert torch.equal(again(z, pos)["energy"], model(z, pos)["energy"])
        assert again.forces(z, pos)["forces"].dtype == torch.float32
    with pytest.raises(ValueError, match=r"N \(7\)"):
        model(*molecule("NH3", torch.float32))
