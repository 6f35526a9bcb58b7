"""Options of ``molfield generate`` that say what molecules are wanted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from torch_molfield.data import MolFieldData

PANEL = "What molecules are wanted"


def _option(*names: str, help: str, **more: Any) -> Any:  # noqa: A002  # as typer calls it
    return typer.Option(*names, help=help, rich_help_panel=PANEL, **more)


NumAtoms = Annotated[
    int | None,
    _option(help="Number of atoms of each molecule, hydrogens included.", show_default="as in the training set", min=1),
]
NumHeavy = Annotated[int | None, _option(help="Number of heavy atoms of each molecule.", min=1)]
Formula = Annotated[str | None, _option(help="Formula of each molecule, such as C6H10O2.")]
Property = Annotated[
    list[str] | None,
    _option(help="Property as NAME=VALUE, such as gap=5.0, in the unit of the model; may be repeated."),
]
Guidance = Annotated[
    float,
    _option(
        help="Strength of the properties: 1 as in the training set; larger values give a narrower distribution.",
        min=0,
        max=20,
    ),
]
Shape = Annotated[str | None, _option(help="File or SMILES of a molecule whose shape the new ones should have.")]
Keep = Annotated[
    Path | None,
    _option(help="File with a part, in one or several pieces, that each molecule contains at the same place."),
]
Replace = Annotated[
    str | None,
    _option(help="Hydrogens of --keep that are replaced by new atoms: their numbers from 1, separated by commas."),
]
Vary = Annotated[str | None, _option(help="File or SMILES of a molecule to vary.")]
Strength = Annotated[
    float | None,
    _option(help="How much --vary changes, 0 to 1.", show_default="0.4"),
]


def conditions(
    num_atoms: int | None,
    num_heavy: int | None,
    formula: str | None,
    properties: Sequence[str] | None,
    guidance: float,
    shape: str | None,
    keep: Path | None,
    replace: str | None,
    vary: str | None,
    strength: float | None,
) -> dict[str, Any]:
    """Keyword arguments of :meth:`torch_molfield.models.MoleculeGenerator.sample`.

    Raises:
        ValueError: for what is no property or list of atoms, or options that need others.
    """
    from torch_molfield.data.io.read import read_molecule

    if strength is not None and vary is None:
        raise ValueError("--strength is for --vary; give a molecule to vary.")
    if guidance != 1 and not properties:
        raise ValueError("--guidance is for --property; give a property.")
    found = {
        "num_atoms": num_atoms,
        "num_heavy": num_heavy,
        "formula": formula,
        "properties": dict(map(_property, properties or ())),
        "guidance": guidance,
        "shape": None if shape is None else molecule_of(shape),
        "keep": None if keep is None else read_molecule(keep, 0),
        "replace": [] if replace is None else [number - 1 for number in _numbers(replace)],
        "variations_of": None if vary is None else molecule_of(vary),
    }
    return found if strength is None else {**found, "strength": strength}


def _property(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    try:
        return name, float(value)
    except ValueError:
        raise ValueError(f"--property must be NAME=VALUE, such as gap=5.0; got {text!r}.") from None


def _numbers(text: str) -> list[int]:
    try:
        return [int(entry) for entry in text.split(",")]
    except ValueError:
        raise ValueError(
            f"--replace must be numbers of atoms separated by commas, such as 12,15; got {text!r}."
        ) from None


def molecule_of(text: str) -> MolFieldData:
    """Of a file or SMILES, without explicit coordinates an ETKDG conformer."""
    from torch_molfield.data.io import has_format
    from torch_molfield.data.io.read import read_molecule, read_molecule_argument

    return read_molecule(text, 0) if has_format(text) else read_molecule_argument(text)[0]
