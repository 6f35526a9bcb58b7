"""Relaxation of generated molecules.

Relaxed molecules are scored in addition to the raw ones, since relaxation may repair a wrong molecule.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor
from torch_geometric.data import Data

from torch_molfield.data.registry import Registry
from torch_molfield.data.units import KCAL_PER_MOL
from torch_molfield.data.validation import check_atoms, problem_with
from torch_molfield.embedding.semiempirical import relax_atoms
from torch_molfield.embedding.xtb import make_xtb
from torch_molfield.evaluation.generation.protocols import find_protocols
from torch_molfield.evaluation.generation.shares import MAX_PROBLEMS, share
from torch_molfield.evaluation.generation.survey import Missing, num_atoms
from torch_molfield.geometry.alignment import rmsd

if TYPE_CHECKING:
    from rdkit.Chem import Mol

#: steps of MMFF94
STEPS = 5000


class Relaxed(NamedTuple):
    """Positions ``[N, 3]`` Å, and the energy (kcal/mol) by which they lie below the given ones."""

    pos: Tensor
    released: float


class Relaxer(ABC):
    """A method to relax molecules; registered by ``@RELAXERS.register("NAME")``."""

    @abstractmethod
    def relax(self, molecule: Data) -> Relaxed:
        """Relax a molecule whose atoms have been checked.

        Raises:
            ValueError: if that fails, with the reason.
        """


#: relaxations by name; those of other packages by entry points of the group ``torch_molfield.relaxations``
RELAXERS: Registry[type[Relaxer]] = Registry(
    "relaxation",
    "torch_molfield.relaxations",
    Relaxer,  # type: ignore[type-abstract]
)


@RELAXERS.register("gfn2")
class XTBRelaxer(Relaxer):
    """GFN2-xTB of the neutral molecule, without any bonds; one unpaired electron where their number is odd.

    Raises:
        ImportError: where tblite is not installed, with the remedy.
    """

    def __init__(self) -> None:
        make_xtb()

    def relax(self, molecule: Data) -> Relaxed:
        """See :meth:`Relaxer.relax`."""
        odd = int(molecule.z.sum()) % 2
        found = relax_atoms(molecule.z.tolist(), molecule.pos.double().cpu().numpy(), multiplicity=1 + odd)
        if found.problem:
            raise ValueError(f"{found.problem}.")
        return Relaxed(torch.from_numpy(found.positions), found.released / KCAL_PER_MOL)


@RELAXERS.register("mmff")
class MMFFRelaxer(Relaxer):
    """MMFF94 with the bonds of the protocol ``rdkit``; molecules without such bonds or parameters are not relaxed."""

    def __init__(self) -> None:
        (self.protocol,) = find_protocols(["rdkit"]).values()

    def relax(self, molecule: Data) -> Relaxed:
        """See :meth:`Relaxer.relax`."""
        from rdkit import Chem

        mol, problem = self.protocol.assign(molecule)
        if mol is None:
            raise ValueError(problem)
        Chem.SanitizeMol(mol)
        released = minimize_mmff(mol)
        return Relaxed(torch.from_numpy(mol.GetConformer().GetPositions()), released)


def minimize_mmff(mol: Mol) -> float:
    """Relax the conformer of a sanitised molecule by MMFF94, and return by how much its energy falls (kcal/mol).

    Raises:
        ValueError: where MMFF94 has no parameters for it or does not converge.
    """
    from rdkit import ForceField, rdBase  # noqa: F401  has the classes that older versions return
    from rdkit.Chem import rdForceFieldHelpers

    with rdBase.BlockLogs():
        properties = rdForceFieldHelpers.MMFFGetMoleculeProperties(mol)
        if properties is None:
            raise ValueError("MMFF94 has no parameters for it.")
        field = rdForceFieldHelpers.MMFFGetMoleculeForceField(mol, properties)
        before = field.CalcEnergy()
        if field.Minimize(maxIts=STEPS) != 0:
            raise ValueError("MMFF94 does not converge.")
        return float(before - field.CalcEnergy())


class Relaxation(NamedTuple):
    """Relaxed molecules in their order, and the numbers of a relaxation, JSON-like."""

    molecules: list[Data | Missing]
    facts: dict[str, Any]


def make_relaxer(name: str) -> Relaxer:
    """The relaxation of a name in :data:`RELAXERS`.

    Raises:
        ValueError: for an unknown name.
        ImportError: for one whose package is not installed, with the command that installs it.
    """
    return RELAXERS.get(name)()


def relax_molecules(name: str, molecules: Sequence[Data | Missing]) -> Relaxation:
    """Relax each molecule; one that cannot be relaxed is missing, and so counts as neither stable nor valid.

    Name and errors are those of :func:`make_relaxer`.
    """
    relaxer = make_relaxer(name)
    done: list[Data | Missing] = []
    released, moved = [], []
    for molecule in molecules:
        found = molecule if isinstance(molecule, Missing) else _relaxed(relaxer, molecule)
        if isinstance(molecule, Missing) or isinstance(found, Missing):
            done.append(found)
            continue
        done.append(Data(z=molecule.z, pos=found.pos))
        released.append(found.released)
        moved.append(float(rmsd(molecule.pos.double().cpu(), found.pos)))
    problems = Counter(each.problem for each in done if isinstance(each, Missing))
    facts = {
        "method": name,
        "relaxed": share(len(released), len(done)),
        "released_kcal_per_mol": mean_and_median(released),
        "rmsd_angstrom": mean_and_median(moved),
        "problems": dict(problems.most_common(MAX_PROBLEMS)),
    }
    return Relaxation(done, facts)


def _relaxed(relaxer: Relaxer, molecule: Data) -> Relaxed | Missing:
    problem = problem_with(check_atoms, molecule)
    if problem:
        return Missing(num_atoms(molecule), problem)
    try:
        return relaxer.relax(molecule)
    except ValueError as error:
        return Missing(num_atoms(molecule), " ".join(str(error).split()))


def mean_and_median(values: Sequence[float]) -> dict[str, float] | None:
    """``None`` of nothing."""
    if not values:
        return None
    rows = torch.tensor(values, dtype=torch.float64)
    return {"mean": float(rows.mean()), "median": float(rows.quantile(0.5))}
