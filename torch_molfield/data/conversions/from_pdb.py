"""PDB files to ``MolFieldData``: proteins, nucleic acids, complexes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

import torch

from torch_molfield.data.conversions.pdb_records import Record, parse_records, split_models
from torch_molfield.data.conversions.structure_selection import Hydrogens, Ligands, Selection
from torch_molfield.data.molfield_data import MolFieldData
from torch_molfield.data.words import counted

Model = TypeVar("Model")


def from_pdb(
    path: str | Path,
    *,
    model: int = 1,
    chains: Collection[str] | None = None,
    ligands: Ligands = "all",
    hydrogens: Hydrogens = "keep",
    waters: bool = False,
    dtype: torch.dtype = torch.float32,
) -> MolFieldData:
    """Read the atoms of one model of a PDB file, in one conformation.

    Besides ``z [N]`` and ``pos [N, 3]`` Å the result has, per atom, the lists of strings ``atom_name``,
    ``residue_name`` and ``chain``, and ``residue_number [N]`` int64. Models are separated by MODEL and ENDMDL or by
    END. One conformation is chosen among alternate locations: of the selected chains, ligands and waters, residues that
    are in contact get the same letter, the one with the highest total occupancy (the first letter on a tie). A residue
    is a ligand when it is not water, not a standard residue in ATOM records, and not bound into a chain by a peptide or
    phosphodiester bond (as modified residues and caps are).

    Args:
        path: of the file.
        model: number of the model, counted from 1 in file order.
        chains: chain letters to keep; ``None`` keeps all (ligands and waters carry the letter of a chain too).
        ligands: ``"all"``, ``"none"``, ``"only"`` (nothing else), or residue names such as ``{"XK2"}`` (polymer and
            these ligands).
        hydrogens: ``"keep"`` those in the file, ``"drop"`` them, or ``"add"`` the missing ones (RDKit; standard
            residues only, with neutral side chains as RDKit writes them).
        waters: whether to keep water.
        dtype: of ``pos``.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: for malformed records, elements that cannot be determined, two atoms in one place, a missing model,
            chain or ligand, or when no atom is left.
    """
    selection = Selection(chains=chains, ligands=ligands, hydrogens=hydrogens, waters=waters, dtype=dtype)
    return choose_model(pdb_models(path), model, path).molecule(selection)


class PdbModel(NamedTuple):
    """The atom records of one model, not yet read; ``source`` names the file in errors."""

    source: str
    records: Sequence[Record]

    def molecule(self, selection: Selection) -> MolFieldData:
        """The chosen atoms; ``ValueError`` as of :func:`from_pdb`."""
        return selection.apply(parse_records(self.records, self.source), self.source)


def pdb_models(path: str | Path) -> list[PdbModel]:
    """Every model of a PDB file, in file order.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: when there are no atoms.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"There is no PDB file {path}.")
    text = path.read_bytes().removeprefix(b"\xef\xbb\xbf").decode("latin-1")
    models = [PdbModel(str(path), records) for records in split_models(text.splitlines(), str(path))]
    if not models:
        raise ValueError(f"{path} has no ATOM or HETATM record; it is empty, truncated or no PDB file.")
    return models


def choose_model(models: Sequence[Model], model: int, path: str | Path) -> Model:
    """Number ``model`` (from 1) of the models of a file; ``ValueError`` where there is none."""
    if not 1 <= model <= len(models):
        raise ValueError(f"{path} has {counted(len(models), 'model')}; model {model} is not one of them.")
    return models[model - 1]
