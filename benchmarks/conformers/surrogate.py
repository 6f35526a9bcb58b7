"""A force field that is stationary where GFN2-xTB is: cheap motion, whose frames are labelled afterwards."""

from __future__ import annotations

import numpy as np
from rdkit import Chem, ForceField  # noqa: F401  has the classes that are returned
from rdkit.Chem import rdForceFieldHelpers
from scipy.optimize import minimize

#: kcal/mol/K, kcal/mol/Å/u in Å/fs²
BOLTZMANN, ACCELERATION = 1.987204e-3, 4.184e-4
KCAL = 0.0433641
#: fs, 1/fs
TIMESTEP, FRICTION = 1.0, 0.02
#: steps
MINIMISATION = 100
#: bonds; singular values of the pulls, as shares of the largest, below which they are noise
NEAR, RELIABLE = 2, 0.05


class Surrogate:
    """MMFF94, or UFF where that does not know the molecule, with constant pulls between near atoms.

    Raises:
        ValueError: for a molecule that neither knows.
    """

    def __init__(self, mol: Chem.Mol) -> None:
        self.mol = mol
        self.masses = np.array([atom.GetMass() for atom in mol.GetAtoms()])[:, None]
        self._properties = rdForceFieldHelpers.MMFFGetMoleculeProperties(mol)
        if self._properties is None and not rdForceFieldHelpers.UFFHasAllMoleculeParams(mol):
            raise ValueError("no force field knows it")
        self._field = self._made()
        first, second = np.nonzero(np.triu(Chem.GetDistanceMatrix(mol) <= NEAR, 1))
        self._ends = np.zeros((len(first), mol.GetNumAtoms()))
        self._ends[np.arange(len(first)), first], self._ends[np.arange(len(first)), second] = 1.0, -1.0
        self._pulls = np.zeros(len(first))

    def settle(self, positions: np.ndarray, forces: np.ndarray) -> None:
        """Have the forces ``[N, 3]`` (eV/Å) at ``positions [N, 3]`` Å from now on, by constant forces along the lines
        between atoms ``NEAR`` bonds apart at most, which turn with the molecule and its parts."""
        self._pulls = np.zeros_like(self._pulls)
        missing = -forces / KCAL - self.gradient(positions)
        lines = self._lines(positions)[1]
        slopes = (self._ends[:, :, None] * lines[:, None]).reshape(len(lines), -1)
        self._pulls = np.linalg.lstsq(slopes.T, missing.ravel(), rcond=RELIABLE)[0]

    def _lines(self, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        apart = self._ends @ positions
        lengths = np.sqrt((apart**2).sum(1))
        return lengths, apart / lengths[:, None]

    def gradient(self, positions: np.ndarray) -> np.ndarray:
        """kcal/mol/Å, ``[N, 3]``."""
        return self._energy(positions, self._field)[1]

    def hessian(self, positions: np.ndarray, step: float = 1.0e-3) -> np.ndarray:
        """eV/Å², ``[3 N, 3 N]``, of central differences."""
        rows = []
        for k in range(positions.size):
            ahead, back = positions.copy(), positions.copy()
            ahead.flat[k] += step
            back.flat[k] -= step
            rows.append((self.gradient(ahead) - self.gradient(back)).ravel() / (2 * step))
        found = np.array(rows) * KCAL
        return (found + found.T) / 2

    def relax(self, positions: np.ndarray, torsion: tuple[int, int, int, int] | None = None, angle: float = 0.0):
        """Positions after at most ``MINIMISATION`` steps, with a torsion held at an angle (degrees)."""
        field = self._field
        if torsion is not None:
            field = self._made()
            add = field.UFFAddTorsionConstraint if self._properties is None else field.MMFFAddTorsionConstraint
            add(*torsion, False, angle, angle, 100.0)

        def energy(flat):
            value, slope = self._energy(flat.reshape(-1, 3), field)
            return value, slope.ravel()

        found = minimize(energy, positions.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": MINIMISATION})
        return found.x.reshape(-1, 3)

    def velocities(self, temperature: float, rng: np.random.Generator) -> np.ndarray:
        """Å/fs, of a Maxwell–Boltzmann distribution (K)."""
        return rng.normal(size=(len(self.masses), 3)) * np.sqrt(BOLTZMANN * temperature * ACCELERATION / self.masses)

    def move(self, positions, velocities, temperature: float, steps: int, rng: np.random.Generator):
        """Positions and velocities after ``steps`` fs of Langevin dynamics (BAOAB)."""
        x, v = positions.copy(), velocities.copy()
        keep = np.exp(-FRICTION * TIMESTEP)
        noise = np.sqrt((1 - keep**2) * BOLTZMANN * temperature * ACCELERATION / self.masses)
        pull = -self.gradient(x) * ACCELERATION / self.masses
        for _ in range(steps):
            v += 0.5 * TIMESTEP * pull
            x += 0.5 * TIMESTEP * v
            v = keep * v + noise * rng.normal(size=v.shape)
            x += 0.5 * TIMESTEP * v
            pull = -self.gradient(x) * ACCELERATION / self.masses
            v += 0.5 * TIMESTEP * pull
        return x, v

    def _energy(self, positions: np.ndarray, field) -> tuple[float, np.ndarray]:
        flat = positions.ravel().tolist()
        energy = field.CalcEnergy(flat)  # first: RDKit's gradient takes distances from the last energy
        slope = np.reshape(field.CalcGrad(flat), (-1, 3))
        lengths, lines = self._lines(positions)
        return energy + float(self._pulls @ lengths), slope + self._ends.T @ (self._pulls[:, None] * lines)

    def _made(self):
        if self._properties is None:
            field = rdForceFieldHelpers.UFFGetMoleculeForceField(self.mol)
        else:
            field = rdForceFieldHelpers.MMFFGetMoleculeForceField(self.mol, self._properties)
        field.Initialize()
        return field
