"""Relaxation by GFN2-xTB (tblite), for molecules that no force field knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch_molfield.embedding.checks import torn_or_overlapping
from torch_molfield.optional import import_extra

if TYPE_CHECKING:
    from rdkit.Chem import Mol

#: eV/Å, and steps
FORCE, STEPS = 0.02, 1000
#: longest bonds, in sums of covalent radii; atoms that GFN2-xTB does not hold go off
LONGEST = 1.15
FILE = "give a file with coordinates (.sdf, .xyz)"
REMEDY = f"pip install 'torch_molfield[md]' for GFN2-xTB, or {FILE}"


def relax_xtb(mol: Mol) -> str:
    """Relax the conformer of ``mol`` by GFN2-xTB (Bannwarth et al., J. Chem. Theory Comput. 15, 1652 (2019)), with the
    charge and the unpaired electrons of the graph; what is wrong with that, or nothing."""
    try:
        calculator = import_extra("tblite.ase", "md", "GFN2-xTB needs the package tblite")
    except ImportError:
        return REMEDY
    from ase import Atoms
    from ase.optimize import BFGS
    from rdkit.Chem import GetFormalCharge
    from rdkit.Chem.Descriptors import NumRadicalElectrons

    conformer = mol.GetConformer()
    atoms = Atoms([atom.GetAtomicNum() for atom in mol.GetAtoms()], conformer.GetPositions())
    spin = 1 + NumRadicalElectrons(mol)
    atoms.calc = calculator.TBLite(method="GFN2-xTB", charge=GetFormalCharge(mol), multiplicity=spin, verbosity=0)
    try:
        converged = BFGS(atoms, logfile=None, maxstep=0.1).run(fmax=FORCE, steps=STEPS)
    except Exception as error:  # tblite raises errors of several classes where its electrons do not converge
        return f"GFN2-xTB fails ({str(error) or type(error).__name__}); {FILE}"
    if not converged:
        return f"GFN2-xTB does not converge; {FILE}"
    conformer.SetPositions(atoms.positions)
    problem = torn_or_overlapping(mol, LONGEST)
    return f"by GFN2-xTB {problem}; {FILE}" if problem else ""
