"""Molecular dynamics of one molecule with ASE."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from ase import Atoms, units
from ase.md.langevin import Langevin
from ase.md.velocitydistribution import Stationary
from ase.md.verlet import VelocityVerlet

ENSEMBLES = ("nve", "langevin")
#: Å
LINEAR = 0.4
#: fs; bonds to hydrogen vibrate once in some 10 fs, of which a step must be a small part
MAX_TIMESTEP, USUAL_TIMESTEP = 10.0, 0.5
#: K; no molecule stays whole there, and none warms up to this or to ten times what it began with
EXPLODED = 1.0e4


class Moment(NamedTuple):
    """State of a run at one step: time in fs, energies in eV, temperature in K.

    At constant energy the temperature is that of the motion within the molecule.
    """

    step: int
    time: float
    potential: float
    kinetic: float
    temperature: float

    @property
    def total(self) -> float:
        """Energy that a run at constant energy conserves, eV."""
        return self.potential + self.kinetic


def start_velocities(atoms: Atoms, temperature: float, seed: int) -> None:
    """Draw momenta of a Maxwell–Boltzmann distribution (K), without translation and rotation of the whole."""
    noise = np.random.default_rng(seed).normal(size=(len(atoms), 3))
    atoms.set_momenta(noise * np.sqrt(atoms.get_masses() * units.kB * temperature)[:, None])
    # Not scaled up again: what moves within the molecule has the temperature that was asked for.
    Stationary(atoms, preserve_temperature=False)
    _stop_rotation(atoms)


def make_dynamics(atoms: Atoms, ensemble: str, timestep: float, temperature: float, friction: float, seed: int) -> Any:
    """ASE's velocity Verlet (``"nve"``) or Langevin dynamics.

    Args:
        timestep: fs.
        temperature: K, of Langevin dynamics.
        friction: 1/fs, of Langevin dynamics.
        seed: of its noise.

    Raises:
        ValueError: for an unknown ensemble, or a time step that is not positive or longer than a vibration.
    """
    if ensemble not in ENSEMBLES:
        raise ValueError(f"ensemble {ensemble!r} is unknown; choose one of {', '.join(ENSEMBLES)}.")
    if not 0 < timestep <= MAX_TIMESTEP:
        raise ValueError(
            f"timestep must be above 0 and at most {MAX_TIMESTEP:g} fs, got {timestep:g}; {USUAL_TIMESTEP:g} is usual."
        )
    if ensemble == "nve":
        return VelocityVerlet(atoms, timestep * units.fs)
    return Langevin(
        atoms,
        timestep * units.fs,
        temperature_K=temperature,
        friction=friction / units.fs,
        fixcm=False,
        rng=np.random.default_rng(seed),
    )


def run_dynamics(dyn: Any, steps: int, every: int, note: Callable[[Moment], None]) -> None:
    """Run the dynamics, and call ``note`` with the state at the first and at each ``every``-th step.

    Raises:
        ValueError: if the molecule flies apart or collapses; the message gives the time step, the usual cause.
    """
    first = moment(dyn)
    note(first)
    limit = max(EXPLODED, 10 * first.temperature)
    for done in range(0, steps, every):
        note(_next(dyn, min(every, steps - done), limit))


def _next(dyn: Any, steps: int, limit: float) -> Moment:
    """The moment after some steps, of a temperature of at most ``limit`` (K)."""
    try:
        dyn.run(steps)
        now = moment(dyn)
        if now.temperature > limit:
            raise ValueError(f"the temperature is {now.temperature:.2g} K.")
    except ValueError as error:
        step = int(dyn.get_number_of_steps())
        raise ValueError(
            f"the run failed at step {step}: {error} Its timestep, {dyn.dt / units.fs:g} fs, may be too long; take a "
            f"smaller one, such as {USUAL_TIMESTEP:g} fs or half of it, or begin with another geometry."
        ) from error
    return now


def moment(dyn: Any) -> Moment:
    """The step at which a run is.

    Raises:
        ValueError: where positions or velocities are not finite.
    """
    atoms, step = dyn.atoms, int(dyn.get_number_of_steps())
    for name, values in (("positions", atoms.positions), ("velocities", atoms.get_momenta())):
        if not np.isfinite(values).all():
            raise ValueError(f"{name} are not finite at step {step}.")
    time = float(dyn.get_time() / units.fs)
    potential, kinetic = float(atoms.get_potential_energy()), float(atoms.get_kinetic_energy())
    return Moment(step, time, potential, kinetic, 2 * kinetic / (_degrees_of_freedom(dyn) * units.kB))


def _degrees_of_freedom(dyn: Any) -> int:
    """Of which the temperature is told: Langevin dynamics moves and turns the whole too."""
    every = 3 * len(dyn.atoms)
    return every if isinstance(dyn, Langevin) else max(1, every - 3 - len(_rotations(dyn.atoms)[0]))


def _stop_rotation(atoms: Atoms) -> None:
    """Take the rotation of the whole out of the momenta; ASE's divides by zero where atoms lie on a line."""
    inertia, axes = _rotations(atoms)
    spin = (axes @ atoms.get_angular_momentum() / inertia) @ axes
    arms = atoms.positions - atoms.get_center_of_mass()
    atoms.set_momenta(atoms.get_momenta() - atoms.get_masses()[:, None] * np.cross(spin, arms))


def _rotations(atoms: Atoms) -> tuple[np.ndarray, np.ndarray]:
    """Moments of inertia ``[R]`` (u Å²) and axes ``[R, 3]`` of the R rotations of the whole: 3, 2 of a linear molecule
    (no atom farther than ``LINEAR`` from the axis, so that bending does not change it), none of an atom."""
    if len(atoms) == 1:
        return np.zeros(0), np.zeros((0, 3))
    arms = atoms.positions - atoms.get_center_of_mass()
    spread = (atoms.get_masses()[:, None] * arms).T @ arms
    inertia, axes = np.linalg.eigh(np.trace(spread) * np.eye(3) - spread)
    linear = np.linalg.norm(np.cross(arms, axes[:, 0]), axis=1).max() < LINEAR
    return inertia[int(linear) :], axes.T[int(linear) :]
