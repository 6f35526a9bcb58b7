"""The structures of one molecule."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cache
from typing import NamedTuple

import numpy as np
from ase import Atoms
from ase.calculators.calculator import Calculator, all_changes
from ase.data import covalent_radii, vdw_radii
from ase.optimize import BFGS
from rdkit import Chem
from rdkit.Chem import rdDistGeom

from conformers.labels import GFN2, STEP, Structure
from conformers.molecules import inchikey14
from conformers.surrogate import Surrogate

#: what a structure is; a file holds the number of the name
KINDS = ("relaxation", "minimum", "torsion", "300 K", "500 K", "800 K", "strained", "dimer")
#: steps of relaxation of the first and of the second conformer; structures on the way that are kept
STEPS, KEPT = (20, 12), (0, 1, 3)
#: eV/Å, of a relaxation, and below which its end is called a minimum; rounding of positions leaves about 0.03
CONVERGED, MINIMUM = 0.1, 0.2
TORSIONS = 2
#: K, fs of motion before each frame
HEATING = ((300.0, 300), (300.0, 200), (500.0, 200), (800.0, 200))
#: longest change of a bond (share) and of an angle (degrees)
STRETCH, BEND = 0.2, 25.0
#: sums of van der Waals radii at which the two molecules of a dimer touch, and how many more at most
NEAREST, FARTHER = 0.75, 0.5
#: what molecules are paired with, beside themselves
PARTNERS = (
    "O", "O", "O", "CO", "N", "CC(N)=O", "CC(=O)[O-]", "[NH4+]", "NC(N)=[NH2+]", "C", "c1ccccc1", "c1c[nH]cn1", "CS",
    "CS(C)=O", "C(Cl)(Cl)Cl", "FC(F)F", "CBr", "CI", "COP(=O)([O-])OC", "C[N+](C)(C)C", "CC#N", "C[Si](C)(C)O",
    "OB(O)O", "CCO", "CNC", "CC(=O)NC", "CCC", "COC", "O=CN", "C[NH3+]", "CC(C)=O", "c1ccncc1", "C[S-]", "CC(=O)O",
    "C=C", "OCCO", "CC[O-]", "FC(F)C", "CSC", "c1ccc2[nH]ccc2c1", "COP(C)(=O)OC", "CS(N)(=O)=O", "C[Si](C)(C)C",
)  # fmt: skip


class Labelled(NamedTuple):
    """A structure, what it is, its elements and its charge."""

    kind: str
    numbers: np.ndarray
    charge: int
    structure: Structure


class Molecule:
    """A molecule with hydrogens, its GFN2-xTB and its surrogate.

    Raises:
        ValueError: for one that cannot be embedded or computed.
    """

    def __init__(self, mol: Chem.Mol, seed: int, conformers: int = 2) -> None:
        self.mol = Chem.AddHs(mol)
        settings = rdDistGeom.ETKDGv3()
        settings.randomSeed, settings.timeout = seed, 20
        if len(rdDistGeom.EmbedMultipleConfs(self.mol, conformers, settings)) == 0:
            raise ValueError("no conformer")
        self.numbers = np.array([atom.GetAtomicNum() for atom in self.mol.GetAtoms()])
        self.charge = Chem.GetFormalCharge(self.mol)
        if (self.numbers.sum() - self.charge) % 2:
            raise ValueError("open shell")
        self.surrogate = Surrogate(self.mol)
        self.level = GFN2(self.numbers, self.charge)
        self.minimum: Structure | None = None
        self.starts = [self.surrogate.relax(conformer.GetPositions()) for conformer in self.mol.GetConformers()]

    def relaxed(self, start: np.ndarray, steps: int) -> list[Structure]:
        """The structures of a relaxation by GFN2-xTB, which begins with the curvature of the surrogate."""
        seen: list[Structure] = []
        atoms = Atoms(self.numbers, start, calculator=_OnGrid(self.level, seen))
        optimiser = BFGS(atoms, logfile=None, maxstep=0.15)
        optimiser.H0 = self.surrogate.hessian(start) + np.eye(3 * len(start))
        optimiser.run(fmax=CONVERGED, steps=steps)
        return seen

    def frames(self, rng: np.random.Generator) -> Iterator[Labelled]:
        """All structures of the molecule alone. One that cannot be computed is left out."""
        for start, steps in zip(self.starts, STEPS, strict=False):
            seen = self.relaxed(start, steps)
            for number in KEPT:
                if number < len(seen) - 1:
                    yield self._told("relaxation", seen[number])
            last = min(seen, key=lambda each: each.energy)
            settled = np.linalg.norm(last.forces, axis=1).max() < MINIMUM
            yield self._told("minimum" if settled else "relaxation", last)
            self.minimum = self.minimum or last
        x = self.minimum.pos * STEP
        self.surrogate.settle(x, self.minimum.forces)
        for kind, positions in [*self._turned(x, rng), *self._heated(x, rng), *self._strained(x, rng)]:
            try:
                yield self._told(kind, self.level(positions))
            except ValueError:
                continue

    def _told(self, kind: str, structure: Structure) -> Labelled:
        return Labelled(kind, self.numbers, self.charge, structure)

    def _turned(self, x: np.ndarray, rng: np.random.Generator) -> Iterator[tuple[str, np.ndarray]]:
        """A torsion about a single bond, driven to ``TORSIONS`` angles by the surrogate."""
        pattern = Chem.MolFromSmarts("[!#1]~[!$(*#*);!D1]-;!@[!$(*#*);!D1]~[!#1]")
        matches = self.mol.GetSubstructMatches(pattern)
        if not matches:
            return
        torsion = matches[rng.integers(len(matches))]
        now = _dihedral(x[list(torsion)])
        for angle in now + rng.uniform(20, 340, TORSIONS):
            rotated = _rotated(self.mol, x, torsion, angle - now)
            yield "torsion", self.surrogate.relax(rotated, torsion, float((angle + 180) % 360 - 180))

    def _heated(self, x: np.ndarray, rng: np.random.Generator) -> Iterator[tuple[str, np.ndarray]]:
        v = self.surrogate.velocities(HEATING[0][0], rng)
        for temperature, steps in HEATING:
            x, v = self.surrogate.move(x, v, temperature, steps, rng)
            yield f"{temperature:.0f} K", x

    def _strained(self, x: np.ndarray, rng: np.random.Generator) -> Iterator[tuple[str, np.ndarray]]:
        """The minimum with a bond outside of rings that is longer or shorter, and with an angle beside one bent."""
        pairs = self.mol.GetSubstructMatches(Chem.MolFromSmarts("*~;!@*"))
        if pairs:
            i, j = pairs[rng.integers(len(pairs))]
            moved = x.copy()
            moved[_beyond(self.mol, i, j)] += rng.uniform(-STRETCH, STRETCH) * (x[j] - x[i])
            yield "strained", moved
        ways = [*pairs, *((j, i) for i, j in pairs)]
        hubs = [(i, j) for i, j in ways if self.mol.GetAtomWithIdx(i).GetDegree() > 1]
        if hubs:
            i, j = hubs[rng.integers(len(hubs))]
            part, moved = _beyond(self.mol, i, j), x.copy()
            axis = np.cross(x[j] - x[i], rng.normal(size=3))
            turn = _rotation(axis, np.radians(rng.uniform(-BEND, BEND)))
            moved[part] = x[i] + (x[part] - x[i]) @ turn.T
            yield "strained", moved


def dimer(one: Molecule, rng: np.random.Generator, max_atoms: int, excluded: Collection[str]) -> Labelled | None:
    """The relaxed molecule beside a partner whose InChIKey is not ``excluded``, from pressed together to just apart;
    ``None`` where they are too large."""
    geometry = one.minimum.pos * STEP
    partners = [smiles for smiles in PARTNERS if _key(smiles) not in excluded]
    name = "" if rng.random() < 0.2 or not partners else partners[rng.integers(len(partners))]
    numbers, charge, other = (one.numbers, one.charge, geometry) if not name else _partner(name)
    if len(numbers) + len(one.numbers) > max_atoms or abs(charge + one.charge) > 2:
        return None
    other = (other - other.mean(0)) @ _random_rotation(rng).T
    direction = rng.normal(size=3)
    direction /= np.linalg.norm(direction)
    reach = np.add.outer(_radii(one.numbers), _radii(numbers))
    first, share = geometry - geometry.mean(0), NEAREST + FARTHER * rng.random() ** 1.5
    distance = 40.0
    while (np.linalg.norm(first[:, None] - other - distance * direction, axis=-1) > share * reach).all():
        distance -= 0.05
    both = np.concatenate([first, other + distance * direction])
    level = GFN2(np.concatenate([one.numbers, numbers]), one.charge + charge)
    return Labelled("dimer", level.numbers, level.charge, level(both))


@cache
def _key(smiles: str) -> str:
    return inchikey14(Chem.MolFromSmiles(smiles))


@cache
def _partner(smiles: str) -> tuple[np.ndarray, int, np.ndarray]:
    molecule = Molecule(Chem.MolFromSmiles(smiles), 1, 1)
    last = molecule.relaxed(molecule.starts[0], STEPS[0])[-1]
    return molecule.numbers, molecule.charge, last.pos * STEP


class _OnGrid(Calculator):
    """GFN2-xTB at rounded positions for ASE's optimiser; what it computes is kept in ``seen``."""

    implemented_properties = ["energy", "forces"]

    def __init__(self, level: GFN2, seen: list[Structure]) -> None:
        super().__init__()
        self.level, self.seen = level, seen

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes) -> None:
        super().calculate(atoms, properties, system_changes)
        self.seen.append(self.level(self.atoms.positions))
        self.results = {"energy": self.seen[-1].energy, "forces": self.seen[-1].forces}


def _radii(numbers: np.ndarray) -> np.ndarray:
    found = vdw_radii[numbers]
    return np.where(np.isnan(found), covalent_radii[numbers] + 0.8, found)


def _beyond(mol: Chem.Mol, i: int, j: int) -> np.ndarray:
    """The atoms on the side of j of the bond i–j, which is in no ring."""
    seen, waiting = {i, j}, [j]
    while waiting:
        for near in mol.GetAtomWithIdx(waiting.pop()).GetNeighbors():
            if near.GetIdx() not in seen:
                seen.add(near.GetIdx())
                waiting.append(near.GetIdx())
    return np.array(sorted(seen - {i}))


def _rotated(mol: Chem.Mol, x: np.ndarray, torsion: tuple[int, int, int, int], degrees: float) -> np.ndarray:
    _, i, j, _ = torsion
    part, moved = _beyond(mol, i, j), x.copy()
    turn = _rotation(x[j] - x[i], np.radians(degrees))
    moved[part] = x[j] + (x[part] - x[j]) @ turn.T
    return moved


def _rotation(axis: np.ndarray, angle: float) -> np.ndarray:
    a, b, c = axis / np.linalg.norm(axis)
    cross = np.array([[0, -c, b], [c, 0, -a], [-b, a, 0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def _random_rotation(rng: np.random.Generator) -> np.ndarray:
    q, r = np.linalg.qr(rng.normal(size=(3, 3)))
    q *= np.sign(np.diag(r))
    return q * np.sign(np.linalg.det(q))


def _dihedral(x: np.ndarray) -> float:
    """Degrees."""
    a, b, c = np.diff(x, axis=0)
    left, right = np.cross(a, b), np.cross(b, c)
    return float(np.degrees(np.arctan2(np.linalg.norm(b) * (a @ right), left @ right)))
