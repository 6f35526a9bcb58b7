import copy
import functools
import pickle

import numpy as np
import pytest
import torch

from torch_molfield.calculators import MolFieldCalculator
from torch_molfield.calculators.compiled import CompiledForces
from torch_molfield.models import EnergyMolField
from torch_molfield.nn.heads.electrostatics import ShiftedCoulomb
from torch_molfield.testing import molecule


@pytest.fixture
def traced(monkeypatch):
    """torch.compile without a C++ compiler."""
    monkeypatch.setattr(torch, "compile", functools.partial(torch.compile, backend="aot_eager"))
    yield
    torch._dynamo.reset()


def test_compiled_is_eager(traced, model):
    """With electrostatics; without them in a calculator, below."""
    model = copy.deepcopy(model).double()
    model.electrostatics = ShiftedCoulomb()
    (z, pos), (other_z, other_pos) = molecule("H2O"), molecule("CO2")
    z, pos, batch = torch.cat([z, other_z]), torch.cat([pos, other_pos]), torch.tensor([0, 0, 0, 1, 1, 1])
    charge = torch.tensor([1.0, 0.0], dtype=torch.float64)
    expected = model.forces(z, pos, batch, charge)
    found = CompiledForces(model).forces(z, pos, batch, charge)
    assert set(found) == set(expected)
    for name, rows in expected.items():
        torch.testing.assert_close(found[name], rows)


def test_a_trunk_in_padded_form_or_none(traced):
    model = EnergyMolField(width=8, vectors=2, trunk="pairs").double().eval()
    torch.nn.init.normal_(model.head[-1].weight)
    z, pos = molecule("NH3")
    torch.testing.assert_close(CompiledForces(model).forces(z, pos)["forces"], model.forces(z, pos)["forces"])
    model.trunk = torch.nn.Identity()
    with pytest.raises(ValueError, match="the trunk 'pairs' cannot be compiled, since it has no method padded"):
        CompiledForces(model)


def test_large_molecules_go_as_they_are(monkeypatch, model):
    monkeypatch.setattr("torch_molfield.nn.common.pair_memory.DENSE_ATOMS", 2)
    monkeypatch.setattr(torch, "compile", None)
    z, pos = molecule("H2O")
    found = CompiledForces(model).forces(z, pos.float())
    torch.testing.assert_close(found["forces"], model.forces(z, pos.float())["forces"])


def test_in_a_calculator_that_is_copied(traced, model, water):
    plain, compiled = MolFieldCalculator(model), MolFieldCalculator(model, compile=True)
    energy = plain.get_potential_energy(water)
    assert compiled.get_potential_energy(water) == pytest.approx(energy, abs=1e-5)
    assert "charges" in compiled.implemented_properties
    forces = compiled.get_forces(water)
    np.testing.assert_allclose(forces, plain.get_forces(water), atol=1e-4)
    water.positions += 3000.0
    np.testing.assert_allclose(compiled.get_forces(water), forces, atol=1e-4)
    for other in (copy.deepcopy(compiled), pickle.loads(pickle.dumps(compiled))):  # noqa: S301
        assert other._forces[0]._compiled == {}
        assert other._forces[0].model is other.models[0]
    with pytest.raises(ValueError, match=r"N \(7\)"):
        CompiledForces(model).forces(*molecule("NH3"))


@torch._dynamo.config.patch(recompile_limit=1)
def test_more_shapes_than_torch_compiles_of_one_function(traced, model):
    compiled = CompiledForces(model)
    for size in (2, 3):
        z, pos = torch.full((size,), 6), 1.4 * torch.arange(float(size))[:, None] * torch.eye(3)[:1]
        torch.testing.assert_close(compiled.forces(z, pos)["forces"], model.forces(z, pos)["forces"])


def test_a_generated_function_is_refused(made):
    with pytest.raises(ValueError, match="cannot be compiled"):
        CompiledForces(made(function={"width": 8, "hidden": 8, "num_frequencies": 8, "heads": 2, "groups": 1}))
