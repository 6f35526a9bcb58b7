"""``openbabel``: bonds and charges as OpenBabel perceives them, the protocol of MiDi, VoxMol and FuncMol."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch_molfield.data.conversions.positions import set_positions
from torch_molfield.data.element_tables import SYMBOLS
from torch_molfield.evaluation.generation.protocols import BondProtocol
from torch_molfield.optional import import_extra

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from rdkit.Chem import Mol


class OpenBabelBonds(BondProtocol):
    """OpenBabel's conversion of an XYZ file to an SD file, with its bond orders and formal charges.

    Raises:
        ImportError: where OpenBabel (GPL-2) is not installed, with the command that installs it.
    """

    rules = ("midi_corrected", "midi")

    def __init__(self) -> None:
        need = "the bond protocol 'openbabel' needs openbabel-wheel (GPL-2)"
        self.openbabel = import_extra("openbabel.openbabel", "openbabel", need)
        self.openbabel.obErrorLog.StopLogging()

    def bonds(self, z: NDArray, pos: NDArray) -> Mol:
        """See :meth:`BondProtocol.bonds`."""
        from rdkit import Chem, rdBase

        conversion, found = self.openbabel.OBConversion(), self.openbabel.OBMol()
        conversion.SetInAndOutFormats("xyz", "sdf")
        rows = [f"{SYMBOLS[number - 1]} {x:.6f} {y:.6f} {w:.6f}" for number, (x, y, w) in zip(z, pos, strict=True)]
        conversion.ReadString(found, "\n".join([str(len(z)), "", *rows, ""]))
        with rdBase.BlockLogs():
            mol = Chem.MolFromMolBlock(conversion.WriteString(found), sanitize=False, removeHs=False)
        if mol is None or mol.GetNumAtoms() != len(z):
            raise ValueError("OpenBabel writes no molecule of these atoms.")
        return set_positions(Chem.RWMol(mol), pos).GetMol()
