"""Generated molecules with their bonds, as files that other programs read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from torch_geometric.data import Data

from torch_molfield.data.element_tables import SYMBOLS
from torch_molfield.evaluation.generation.graph import Graph
from torch_molfield.evaluation.generation.protocols import BondProtocol, atoms_only
from torch_molfield.evaluation.generation.stability import RULES


class Record(NamedTuple):
    """A molecule, what a protocol finds of it, and its properties for an SDF file."""

    molecule: Data
    graph: Graph | None
    properties: dict[str, str]

    @property
    def smiles(self) -> str | None:
        """Without hydrogens, of a valid and connected molecule."""
        from rdkit import Chem

        if self.graph is None or not (self.graph.valid and self.graph.connected):
            return None
        return Chem.MolToSmiles(Chem.RemoveHs(self.graph.sanitized, sanitize=False), isomericSmiles=False)


def make_record(molecule: Data, protocol: BondProtocol, properties: dict[str, str]) -> Record:
    """The bonds of a molecule, with ``valid``, ``connected`` and ``stable`` (yes or no) and the ``problem``, if any."""
    found = protocol.assign(molecule)
    if found.mol is None:
        return Record(molecule, None, {**properties, "valid": "no", "problem": found.problem})
    graph = Graph(found.mol)
    stable = bool(RULES[protocol.rules[0]](graph).all())
    answers = {"valid": graph.valid, "connected": graph.connected, "stable": stable}
    return Record(molecule, graph, properties | {name: "yes" if answer else "no" for name, answer in answers.items()})


def as_sdf(records: Sequence[Record]) -> str:
    """With bonds where they make a valid molecule, without any where not: programs refuse files with bad valences."""
    return "".join(_block(number, record) for number, record in enumerate(records))


def as_xyz(records: Sequence[Record]) -> str:
    """Elements and positions in Å."""
    return "".join(_xyz(number, record) for number, record in enumerate(records))


def as_smiles(records: Sequence[Record]) -> str:
    """A line per valid and connected molecule: SMILES and number."""
    lines = ((record.smiles, number) for number, record in enumerate(records))
    return "".join(f"{smiles} {number}\n" for smiles, number in lines if smiles)


#: ending of a file -> its content
WRITERS: dict[str, Callable[[Sequence[Record]], str]] = {".sdf": as_sdf, ".xyz": as_xyz, ".smi": as_smiles}


def _block(number: int, record: Record) -> str:
    from rdkit import Chem

    if record.graph is not None and record.graph.valid:
        mol = Chem.Mol(record.graph.mol)
    else:
        z, pos = record.molecule.z.cpu().numpy(), record.molecule.pos.detach().cpu().double().numpy()
        mol = atoms_only(z, pos).GetMol()
    mol.SetProp("_Name", str(number))
    mol.UpdatePropertyCache(strict=False)
    entries = "".join(f">  <{name}>\n{value}\n\n" for name, value in record.properties.items())
    return f"{Chem.MolToMolBlock(mol, kekulize=False)}{entries}$$$$\n"


def _xyz(number: int, record: Record) -> str:
    rows = zip(record.molecule.z.tolist(), record.molecule.pos.tolist(), strict=True)
    lines = [f"{SYMBOLS[z - 1]} {x:.6f} {y:.6f} {w:.6f}" for z, (x, y, w) in rows]
    return "\n".join([str(len(lines)), f"number={number}", *lines, ""])
