"""Area and volume along consecutive frames of dynamics at constant energy."""

from __future__ import annotations

import numpy as np
import torch
from torch_geometric.data import Data

from md.setting import Setting
from md.time import FIELD, place, unseen_trajectory
from torch_molfield.evaluation.surfaces import learned_distance, mesh_learned
from torch_molfield.models import MolField
from torch_molfield.surface import mesh_molecules

NAMES = ("ethanol", "malonaldehyde", "water_dimer", "glycine", "benzene", "cyclohexane", "aspirin")
FRAMES, FRAME_FS, STEP_FS, TEMPERATURE_K = 1000, 2.0, 0.5, 500.0
#: Å
SPACING = 0.3


def continuity(setting: Setting) -> dict:
    """The shipped MolField along 1 000 consecutive frames, 2 fs apart, of dynamics at constant energy (GFN2-xTB), begun
    at the last frame of the replica of seven bundled molecules that no training has seen, with velocities of 500 K.

    Of area (Å²) and volume (Å³): the largest change from a frame to the next, true and learned; the true change of the
    step in which the learned one is largest; the mean and the largest error; and in how many of the 999 steps the
    learned change exceeds the true one by more than the mean error. (That it exceeds it by the errors of the two frames
    is impossible.) The drift of the total energy (meV an atom) says how constant it was.
    """
    model = MolField.from_pretrained(FIELD).eval()
    return {name: setting.once(f"continuity-{name}", lambda name=name: _along(setting, model, name)) for name in NAMES}


def _along(setting: Setting, model: MolField, name: str) -> dict:
    frames, drift = constant_energy(unseen_trajectory(name)[-1])
    sizes = np.array([_sizes(setting, model, frame) for frame in frames])
    result: dict = {"energy_drift_meV_per_atom": drift}
    for column, quantity in enumerate(("area", "volume")):
        true, learned = sizes[:, 0, column], sizes[:, 1, column]
        result[quantity] = changes(true, learned) | {"true": true.tolist(), "learned": learned.tolist()}
    return result


def changes(true: np.ndarray, learned: np.ndarray) -> dict[str, float]:
    """How the changes of a learned quantity ``[T]`` compare with those of the true one."""
    error = np.abs(learned - true)
    true_step, step = np.abs(np.diff(true)), np.abs(np.diff(learned))
    largest = int(step.argmax())
    return {
        "largest_true_change": float(true_step.max()),
        "largest_learned_change": float(step[largest]),
        "true_change_there": float(true_step[largest]),
        "mean_error": float(error.mean()),
        "largest_error": float(error.max()),
        "steps_beyond_mean_error": int((step > true_step + error.mean()).sum()),
    }


def constant_energy(start: Data) -> tuple[list[Data], float]:
    """Frames, and the standard deviation of the total energy, meV an atom."""
    from ase import Atoms, units
    from ase.md.velocitydistribution import MaxwellBoltzmannDistribution, Stationary
    from ase.md.verlet import VelocityVerlet
    from tblite.ase import TBLite

    atoms = Atoms(start.z.numpy(), start.pos.double().numpy(), calculator=TBLite(method="GFN2-xTB", verbosity=0))
    MaxwellBoltzmannDistribution(atoms, temperature_K=TEMPERATURE_K, rng=np.random.default_rng(0))
    Stationary(atoms)
    dynamics = VelocityVerlet(atoms, STEP_FS * units.fs)
    frames, energies = [], []
    for _ in range(FRAMES):
        frames.append(place(start, torch.from_numpy(atoms.get_positions())))
        energies.append(atoms.get_total_energy())
        dynamics.run(round(FRAME_FS / STEP_FS))
    return frames, 1000 * float(np.std(energies)) / len(atoms)


def _sizes(setting: Setting, model: MolField, frame: Data) -> list[list[float]]:
    """Area and volume of the true and of the learned surface."""
    true = mesh_molecules(setting.field, frame.z, frame.pos, spacing=SPACING)[0]
    learned = mesh_learned(learned_distance(model, frame.z, frame.pos), SPACING)[0]
    return [[mesh.area, mesh.volume] for mesh in (true, learned)]
