import copy

import pytest
import torch
from ase.calculators.calculator import PropertyNotImplementedError

from torch_molfield.calculators import FieldCalculator, MolFieldCalculator

ts = pytest.importorskip("torch_sim", reason="torch-sim-atomistic is not installed")


@pytest.fixture
def states(model, water, ethanol):
    from torch_molfield.calculators.torchsim import TorchSimMolField

    state = ts.io.atoms_to_state([water, ethanol], torch.device("cpu"), torch.float64)
    return TorchSimMolField(model, dtype=torch.float64), state


def test_the_calculator_says_the_same(states, model, water, ethanol):
    adapter, state = states
    before = copy.deepcopy(state)
    told = adapter(state)
    assert torch.equal(before.positions, state.positions)
    calc = MolFieldCalculator(model, dtype=torch.float64)
    for k, (atoms, rows) in enumerate(((water, slice(0, 6)), (ethanol, slice(6, None)))):
        assert float(told["energy"][k]) == pytest.approx(calc.get_potential_energy(atoms), abs=1e-8)
        torch.testing.assert_close(told["forces"][rows], torch.as_tensor(calc.get_forces(atoms)))
    assert not adapter.compute_stress


def test_dynamics_of_both_at_once(states):
    adapter, state = states
    before = state.positions.clone()
    run = {"integrator": ts.integrators.nve, "n_steps": 3, "temperature": 300, "timestep": 0.0005}
    final = ts.integrate(state, adapter, **run)
    assert torch.isfinite(final.positions).all()
    assert (final.positions - before).abs().max() > 1e-4


def test_periodic_states_are_refused(states, water):
    adapter, _ = states
    water.set_cell([9.0, 9.0, 9.0])
    water.pbc = True
    state = ts.io.atoms_to_state([water], torch.device("cpu"), torch.float64)
    with pytest.raises(PropertyNotImplementedError, match="no periodic boundary"):
        adapter(state)


def test_a_model_of_torchsim_in_ase(states, water):
    from torch_molfield.calculators.torchsim import TorchSimCalculator

    adapter, state = states
    told = adapter(state)
    water.calc = FieldCalculator(TorchSimCalculator(adapter))
    assert water.get_potential_energy() == pytest.approx(float(told["energy"][0]), abs=1e-8)
    torch.testing.assert_close(torch.as_tensor(water.get_forces()), told["forces"][:6])
    assert water.calc.get_surface(water, "vdw", 0.5).is_watertight
    with pytest.raises(ValueError, match="Linear is not a TorchSim model with forces"):
        TorchSimCalculator(torch.nn.Linear(1, 1))
