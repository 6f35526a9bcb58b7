"""Second derivatives of the energy and harmonic vibrations with any ASE calculator."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from ase import Atoms
from ase.calculators.calculator import Calculator
from ase.vibrations import VibrationsData

#: eV/Å, largest force with which vibrations still have a meaning
AT_REST = 0.1
#: Å, displacement of the central differences
STEP = 0.005


def hessian(atoms: Atoms, step: float = STEP) -> np.ndarray:
    """Return the second derivatives of the energy ``[3N, 3N]`` in eV/Å².

    They are central differences of the forces, symmetrised. If the calculator has a method ``calculate_batch``, all
    displaced geometries are computed together.
    """
    moved = []
    for atom in range(len(atoms)):
        for axis in range(3):
            for sign in (step, -step):
                other = atoms.copy()
                other.positions[atom, axis] += sign
                moved.append(other)
    forces = _forces_of(moved, atoms.calc).reshape(3 * len(atoms), 2, 3 * len(atoms))
    slopes = -(forces[:, 0] - forces[:, 1]) / (2 * step)
    return (slopes + slopes.T) / 2


def vibrations(atoms: Atoms, step: float = STEP) -> VibrationsData:
    """Return the harmonic vibrations at a minimum, as ASE's ``VibrationsData``.

    Its ``get_frequencies()`` are in cm⁻¹; the six (linear molecules: five) nearest to zero are rotation and
    translation, and imaginary ones belong to a saddle point. :func:`internal_frequencies` leaves out rotation and
    translation.

    Raises:
        ValueError: if the forces are too large for a minimum; optimize the geometry first.
    """
    largest = float(np.linalg.norm(atoms.get_forces(), axis=1).max())
    if largest > AT_REST:
        raise ValueError(
            f"the largest force is {largest:.3g} eV/Å, so this is no minimum and has no harmonic vibrations; optimize "
            "the geometry first."
        )
    return VibrationsData.from_2d(atoms, hessian(atoms, step))


def internal_frequencies(data: VibrationsData) -> np.ndarray:
    """Wavenumbers (cm⁻¹) without those of rotation and translation, ascending; imaginary ones are negative."""
    found = data.get_frequencies()
    signed = np.where(np.abs(found.imag) > np.abs(found.real), -np.abs(found.imag), found.real)
    outer = min(len(signed), 5 if _is_linear(data.get_atoms()) else 6)
    return np.sort(np.delete(signed, np.argsort(np.abs(signed))[:outer]))


def _forces_of(frames: Sequence[Atoms], calculator: Calculator) -> np.ndarray:
    """``[F, N, 3]`` eV/Å."""
    batch = getattr(calculator, "calculate_batch", None)
    if batch is not None:
        return np.stack([result["forces"] for result in batch(frames)])
    return np.stack([calculator.get_property("forces", atoms) for atoms in frames])


def _is_linear(atoms: Atoms) -> bool:
    if len(atoms) < 3:
        return True
    spread = np.linalg.svd(atoms.positions - atoms.positions.mean(0), compute_uv=False)
    return bool(spread[1] < 1e-2 * spread[0])
