"""Named protocols that find bonds from positions; stability and validity depend on how bonds are found."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from torch_geometric.data import Data

from torch_molfield.data.conversions.positions import set_positions
from torch_molfield.data.registry import Registry
from torch_molfield.data.validation import check_atoms

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from rdkit.Chem import Mol, RWMol


class Bonded(NamedTuple):
    """A molecule with its bonds, or the reason why there are none."""

    mol: Mol | None
    problem: str = ""


class BondProtocol(ABC):
    """A rule that finds the bonds between atoms from their positions.

    A subclass implements :meth:`bonds` and is registered by ``@PROTOCOLS.register("NAME")``, or by an entry point of
    the group ``torch_molfield.bond_protocols``.
    """

    #: names in :data:`~torch_molfield.evaluation.generation.stability.RULES`; the first is what SUN means by stable
    rules: ClassVar[tuple[str, ...]]

    @abstractmethod
    def bonds(self, z: NDArray, pos: NDArray) -> Mol:
        """Return RDKit's molecule with single, double and triple bonds (no aromatic ones) and its conformer, not
        sanitised.

        Args:
            z: ``[N]`` atomic numbers.
            pos: ``[N, 3]`` Å.

        Raises:
            ValueError: if the rule finds no bonds, with the reason.
        """

    def assign(self, molecule: Data) -> Bonded:
        """Return the molecule with its bonds; any problem with it is returned as a text, and never raised."""
        try:
            z, pos, _ = check_atoms(molecule.get("z"), molecule.get("pos"))
            return Bonded(self.bonds(z.cpu().numpy(), pos.detach().cpu().double().numpy()))
        except ValueError as error:
            return Bonded(None, " ".join(str(error).replace("molecule 0 of the batch", "the molecule").split()))


def atoms_only(z: NDArray, pos: NDArray) -> RWMol:
    """Atoms ``z [N]`` at ``pos [N, 3]`` Å, without bonds."""
    from rdkit import Chem

    mol = Chem.RWMol()
    for number in z.tolist():
        mol.AddAtom(Chem.Atom(number))
    return set_positions(mol, pos)


#: protocols by name; those of other packages by entry points of the group ``torch_molfield.bond_protocols``
PROTOCOLS: Registry[type[BondProtocol]] = Registry(
    "bond protocol",
    "torch_molfield.bond_protocols",
    BondProtocol,  # type: ignore[type-abstract]
)
PROTOCOLS.declare("edm", "torch_molfield.evaluation.generation.edm:TableBonds")
PROTOCOLS.declare("rdkit", "torch_molfield.evaluation.generation.rdkit_bonds:DeterminedBonds")
PROTOCOLS.declare("openbabel", "torch_molfield.evaluation.generation.openbabel_bonds:OpenBabelBonds")


def find_protocols(names: Sequence[str]) -> dict[str, BondProtocol]:
    """Protocols by their names, each made once.

    Raises:
        ValueError: for no name, or an unknown one.
        ImportError: for one whose package is not installed, with the command that installs it.
    """
    if not names:
        raise ValueError(f"protocols is empty; give at least one of {', '.join(PROTOCOLS)}.")
    return {name: PROTOCOLS.get(name)() for name in names}
