"""Relaxation by GFN2-xTB (tblite), for molecules that no force field knows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from torch_molfield.embedding.checks import torn_or_overlapping
from torch_molfield.embedding.xtb import make_xtb

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from rdkit.Chem import Mol

#: eV/Å, and steps
FORCE, STEPS = 0.02, 1000
#: longest bonds, in sums of covalent radii; atoms that GFN2-xTB does not hold go off
LONGEST = 1.15
FILE = "give a file with coordinates (.sdf, .xyz)"
REMEDY = f"install tblite for GFN2-xTB, or {FILE}"


class Relaxed(NamedTuple):
    """Positions ``[N, 3]`` Å, the energy (eV) by which they lie below those given, and what is wrong, or nothing."""

    positions: NDArray
    released: float
    problem: str = ""


def relax_atoms(numbers: Sequence[int], positions: NDArray, charge: int = 0, multiplicity: int = 1) -> Relaxed:
    """Relax atoms by GFN2-xTB.

    Args:
        numbers: atomic numbers.
        positions: ``[N, 3]`` Å.
        charge: e.
        multiplicity: unpaired electrons + 1.

    Raises:
        ImportError: if tblite is not installed, with the remedy.
    """
    from ase import Atoms
    from ase.optimize import BFGS

    atoms = Atoms(numbers, positions)
    atoms.calc = make_xtb(charge, multiplicity)
    try:
        before = atoms.get_potential_energy()
        converged = BFGS(atoms, logfile=None, maxstep=0.1).run(fmax=FORCE, steps=STEPS)
        released = float(before - atoms.get_potential_energy())
    except Exception as error:  # tblite raises errors of several classes where its electrons do not converge
        return Relaxed(positions, 0.0, f"GFN2-xTB fails ({str(error) or type(error).__name__})")
    return Relaxed(atoms.positions, released, "" if converged else "GFN2-xTB does not converge")


def relax_xtb(mol: Mol) -> str:
    """Relax the conformer of ``mol`` by :func:`relax_atoms`, with the charge and the unpaired electrons of the graph;
    what is wrong with that, or nothing."""
    from rdkit.Chem import GetFormalCharge
    from rdkit.Chem.Descriptors import NumRadicalElectrons

    conformer = mol.GetConformer()
    numbers = [atom.GetAtomicNum() for atom in mol.GetAtoms()]
    spin = 1 + NumRadicalElectrons(mol)
    try:
        found = relax_atoms(numbers, conformer.GetPositions(), GetFormalCharge(mol), spin)
    except ImportError:
        return REMEDY
    if found.problem:
        return f"{found.problem}; {FILE}"
    conformer.SetPositions(found.positions)
    problem = torn_or_overlapping(mol, LONGEST)
    return f"by GFN2-xTB {problem}; {FILE}" if problem else ""
