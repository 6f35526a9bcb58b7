"""Files as shapes for neural fields: molecules, complexes, ensembles and maps."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from torch import Tensor

    from torch_molfield.data import MolFieldData
    from torch_molfield.fields.targets import FieldTarget
    from torch_molfield.training import FieldRecipe

MAPS, CUBES, PACKED = (".mrc", ".map", ".ccp4"), (".cube", ".cub"), (".gz", ".bz2")
STRUCTURES = (".pdb", ".cif", ".mmcif")
CHANNELS_HELP = (
    "What the field shows, separated by commas: elements such as C, others, all, properties of atoms such as "
    "pauling or wigner_seitz, hydrophobicity (of residues). By default every element that occurs; with --ligand "
    "wigner_seitz, and H and C where they occur."
)
BETA_HELP = "Sharpness of the Gaussian of each atom; by default 0.25 with --ligand, else 0.75."


class Hydrogens(str, Enum):
    """What becomes of hydrogens of PDB and mmCIF files."""

    keep = "keep"
    drop = "drop"
    add = "add"


class Shape(NamedTuple):
    """What a network is fitted to: the field, how it is made of a molecule (not of a map), and the place ``[3]`` Å of
    most interest."""

    target: FieldTarget
    recipe: FieldRecipe | None
    place: Tensor


def read_shape(
    file: str, ligand: str | None, channels: str | None, beta: float | None, hydrogens: Hydrogens, keep_water: bool
) -> Shape:
    """The shape of a file or SMILES.

    Raises:
        ValueError, FileNotFoundError: for what cannot be read, or channels that it does not have.
    """
    path = Path(file)
    packed = path.suffix.lower() in PACKED
    ending = (path.with_suffix("") if packed else path).suffix.lower()
    if ending in MAPS + CUBES:
        if ligand or channels is not None or beta:
            raise ValueError(
                f"{file} is a map, whose values are its only channel; omit --ligand, --channels and --beta."
            )
        return _map(path, ending in CUBES)
    data = read_structure(file, hydrogens, keep_water)
    near = data.pos if ligand is None else data.pos[_mask(data, ligand)]
    recipe = make_recipe([data], ligand, channels, beta)
    return Shape(recipe.target(data), recipe, near.mean(0))


def read_structure(file: str, hydrogens: Hydrogens, keep_water: bool) -> MolFieldData:
    """The first model or frame of a file."""
    from torch_molfield.data import from_mmcif, from_pdb
    from torch_molfield.data.io import has_format
    from torch_molfield.data.io.read import read_molecule, read_molecule_argument
    from torch_molfield.data.paths import require_file

    ending = Path(file).suffix.lower()
    if ending in STRUCTURES:
        require_file(file)
        return (from_pdb if ending == ".pdb" else from_mmcif)(file, hydrogens=hydrogens.value, waters=keep_water)
    _refuse_hydrogens(file, hydrogens)
    return read_molecule(file, 0) if has_format(file) else read_molecule_argument(file)[0]


def read_conformers(file: Path, hydrogens: Hydrogens, keep_water: bool = False) -> list[MolFieldData]:
    """All models or frames of a file, the same atoms in each, superposed on the first.

    Raises:
        ValueError: if there is one only, or their atoms differ.
    """
    from torch_molfield.data import read_ensemble
    from torch_molfield.data.conformers import read_trajectory
    from torch_molfield.data.paths import require_file
    from torch_molfield.geometry.alignment import kabsch

    require_file(file)
    if file.suffix.lower() in STRUCTURES:
        conformers = read_ensemble(file, hydrogens=hydrogens.value, waters=keep_water)
    else:
        _refuse_hydrogens(str(file), hydrogens)
        conformers = read_trajectory(file)
    if len(conformers) < 2:
        raise ValueError(f"{file} has one model or frame; a path needs two or more.")
    fixed = conformers[0].pos.double()
    for data in conformers[1:]:
        rotation, translation = kabsch(data.pos.double(), fixed)
        data.pos = (data.pos.double() @ rotation.mT + translation).to(data.pos.dtype)
    return conformers


def make_recipe(
    molecules: list[MolFieldData], ligand: str | None, channels: str | None, beta: float | None
) -> FieldRecipe:
    """The field that was asked for.

    Raises:
        ValueError: for the channel of an element that there is none of.
    """
    from torch_molfield.data.element_tables import SYMBOLS
    from torch_molfield.training import FieldRecipe
    from torch_molfield.training.fits.recipe import complex_channels, element_channels

    usual = complex_channels(molecules) if ligand else element_channels(molecules)
    names = usual if channels is None else tuple(name.strip() for name in channels.split(","))
    if "" in names:
        raise ValueError(f"--channels {channels!r} lacks a name; give names separated by commas.")
    absent = [name for name in names if name in SYMBOLS and name not in element_channels(molecules, SYMBOLS)]
    if absent:
        remedy = "--hydrogens add, or " if absent == ["H"] else ""
        raise ValueError(
            f"there are no atoms of {', '.join(absent)}, so such a channel is 0 everywhere; use {remedy}--channels "
            "without it."
        )
    return FieldRecipe(channels=names, beta=beta or (0.25 if ligand else 0.75), ligand=ligand)


def _map(path: Path, cube: bool) -> Shape:
    from torch_molfield.fields import GridField
    from torch_molfield.training import map_target

    target = map_target(GridField.from_cube(path) if cube else GridField.from_map(path))
    return Shape(target, None, target.near.mean(0))


def _mask(data: MolFieldData, ligand: str) -> Tensor:
    from torch_molfield.data import residue_mask

    return residue_mask(data, ligand)


def _refuse_hydrogens(file: str, hydrogens: Hydrogens) -> None:
    if hydrogens is not Hydrogens.keep:
        raise ValueError(f"--hydrogens {hydrogens.value} is for PDB and mmCIF files, which {file} is not; omit it.")
