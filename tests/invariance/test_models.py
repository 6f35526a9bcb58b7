"""MolField, EnergyMolField and QuantumDeepField of any weights: batching, order of atoms, pose, cutoff."""

import pytest
import torch
from hypothesis import given

from tests.invariance.generated import batches, molecules, moved, seeds, shuffled, together
from torch_molfield.models import EnergyMolField, MolField, QuantumDeepField

SMALL = {"hidden": 8, "depth": 2, "num_frequencies": 8, "width": 8, "vectors": 2, "heads": 2, "trunk_layers": 1}
GRID = {"shells": 6, "degree": 7, "reach": 3.0}


@pytest.fixture(scope="module", params=["pairs", "clusters"])
def field(request):
    torch.manual_seed(0)
    return MolField(("a", "b"), "", trunk=request.param, **SMALL).double().eval().requires_grad_(False)


@pytest.fixture(scope="module")
def potential():
    torch.manual_seed(0)
    model = EnergyMolField(width=8, vectors=2, layers=2, radial=4, sources=4, charges=True).double().eval()
    torch.nn.init.normal_(model.head[-1].weight)
    return model.requires_grad_(False)


@pytest.fixture(scope="module")
def quantum():
    torch.manual_seed(0)
    return QuantumDeepField(width=8, layers=1, grid=GRID).double().eval().requires_grad_(False)


def close(found, expected, tolerance=1e-8):
    torch.testing.assert_close(found, expected, rtol=tolerance, atol=tolerance)


@given(parts=batches())
def test_a_batch_of_fields_is_its_molecules_one_by_one(field, parts):
    many = together(parts)
    found = field(many.z, many.pos, many.batch)
    alone = [field(part.z, part.pos) for part in parts]
    close(found(many.points, many.points_batch), torch.cat([f(p.points) for f, p in zip(alone, parts, strict=True)]))
    close(found.tokens, torch.cat([f.tokens for f in alone]))


@given(molecule=molecules(), seed=seeds)
def test_a_field_moves_with_its_atoms_in_any_order(field, molecule, seed):
    expected = field(molecule.z, molecule.pos)
    for other in (shuffled(molecule, seed), moved(molecule, seed)[0]):
        found = field(other.z, other.pos)
        close(found(other.points), expected(molecule.points), 1e-7)
        close(found.tokens, expected.tokens, 1e-7)


@given(parts=batches())
def test_a_batch_of_energies_is_its_molecules_one_by_one(potential, parts):
    many = together(parts)
    found = potential.forces(many.z, many.pos, many.batch)
    alone = [potential.forces(part.z, part.pos) for part in parts]
    assert set(found) == {"energy", "forces", "charges", "dipole"}
    for name, values in found.items():
        close(values, torch.cat([each[name] for each in alone]))


@given(molecule=molecules(), seed=seeds)
def test_energies_forces_and_charges_follow_pose_and_order(potential, molecule, seed):
    expected = potential.forces(molecule.z, molecule.pos)
    other, turn = moved(molecule, seed)
    found = potential.forces(other.z, other.pos)
    close(found["energy"], expected["energy"])
    close(found["charges"], expected["charges"])
    close(found["forces"], expected["forces"] @ turn.T, 1e-7)
    close(found["dipole"], expected["dipole"] @ turn.T, 1e-7)
    close(found["forces"].sum(0), torch.zeros(3, dtype=torch.float64), 1e-9)
    permuted = shuffled(molecule, seed)
    found = potential.forces(permuted.z, permuted.pos)
    close(found["energy"], expected["energy"])
    match = torch.cdist(permuted.pos, molecule.pos).argmin(1)
    close(found["forces"], expected["forces"][match])
    close(found["charges"], expected["charges"][match])


@given(molecule=molecules(), seed=seeds)
def test_energies_of_distant_molecules_add_up(potential, molecule, seed):
    other, _ = moved(molecule, seed)
    far = other.pos - other.pos.mean(0) + molecule.pos.mean(0) + molecule.pos.new_tensor([30.0, 0.0, 0.0])
    both = potential(torch.cat([molecule.z, other.z]), torch.cat([molecule.pos, far]))
    close(both["energy"], 2 * potential(molecule.z, molecule.pos)["energy"])


@given(molecule=molecules(), seed=seeds)
def test_energy_and_forces_do_not_jump_at_the_cutoff(potential, molecule, seed):
    """A second molecule whose nearest atom crosses the cutoff of an atom of the first."""
    cutoff, (other, _) = potential.config["cutoff"], moved(molecule, seed)
    low, high = other.pos[other.pos[:, 0].argmin()], molecule.pos[molecule.pos[:, 0].argmax()]
    found = []
    for step in (-1e-5, 1e-5):
        shift = high - low + molecule.pos.new_tensor([cutoff + step, 0.0, 0.0])
        found.append(potential.forces(torch.cat([molecule.z, other.z]), torch.cat([molecule.pos, other.pos + shift])))
    close(found[0]["energy"], found[1]["energy"], 1e-6)
    close(found[0]["forces"], found[1]["forces"], 1e-4)


@given(parts=batches())
def test_a_batch_of_quantum_deep_fields_is_its_molecules_one_by_one(quantum, parts):
    parts = [part for part in parts if electrons(part) % 2 == 0] or parts[:1]
    many = together(parts)
    close(quantum(many.z, many.pos, many.batch), torch.cat([quantum(part.z, part.pos) for part in parts]))


def electrons(part):
    return int(part.z.sum())


@given(molecule=molecules(), seed=seeds)
def test_a_quantum_deep_field_is_shifted_and_permuted_exactly(quantum, molecule, seed):
    expected, other = quantum(molecule.z, molecule.pos), shuffled(molecule, seed)
    close(quantum(other.z, other.pos + torch.tensor([7.0, -3.0, 2.0])), expected, 1e-7)


@given(molecule=molecules(), seed=seeds)
def test_turned_points_turn_a_quantum_deep_field(quantum, molecule, seed):
    """Its points have directions of their own; turned with the molecule they give the same energy."""
    turned, turn = moved(molecule, seed)
    turns = turn.expand(len(molecule.z), 3, 3)
    close(quantum(turned.z, turned.pos, turns=turns), quantum(molecule.z, molecule.pos), 1e-7)
