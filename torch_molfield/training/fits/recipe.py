"""Which closed-form field a neural field has learned, so that it can be made for another molecule."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch_geometric.data import Data

from torch_molfield.data import residue_hydropathy, residue_mask
from torch_molfield.data.element_tables import SYMBOLS
from torch_molfield.data.elements import symbols
from torch_molfield.data.io.atomic import write_atomically
from torch_molfield.fields import BlockField, complex_field, named_field
from torch_molfield.fields.channels import ORGANIC, OTHERS
from torch_molfield.fields.property import HYDROPHOBICITY
from torch_molfield.fields.targets import FieldTarget, molecule_target
from torch_molfield.models.pretrained import find_pretrained

#: beside the model's config.json
FILE = "field.json"
#: the paper's, of a complex
COMPLEX_CHANNELS = ("H", "C", "wigner_seitz")


@dataclass(frozen=True, kw_only=True)
class FieldRecipe:
    """Description of a closed-form field (:func:`~torch_molfield.fields.named_field`) that applies to any molecule.

    Attributes:
        channels: elements, properties of elements, and ``"hydrophobicity"`` (Kyte and Doolittle 1982; 0 for residues
            that are not on the scale).
        beta: scaling factor of the field, dimensionless.
        ligand: name of the residue that has channels of its own, if any.
    """

    channels: tuple[str, ...]
    beta: float = 0.75
    ligand: str | None = None

    def field(self, data: Data) -> BlockField:
        """Return the field of a molecule.

        Raises:
            ValueError: for unknown channels, a ligand that the molecule does not have, or missing residue names.
        """
        values = residue_hydropathy(data, others=0.0) if HYDROPHOBICITY in self.channels else None
        if self.ligand is None:
            return named_field(self.channels, {"": torch.ones_like(data.z)}, self.beta, values)
        ligand = residue_mask(data, self.ligand)
        return complex_field(ligand, self.beta, self.channels, (), values)

    def require_seen(self, data: Data) -> None:
        """Raise a ``ValueError`` for elements without a channel, whose atoms would be missing from the field."""
        if all(name in SYMBOLS for name in self.channels):
            blind = sorted(set(symbols(torch.unique(data.z))) - set(self.channels))
            if blind:
                raise ValueError(f"the model has channels {self.channels}, none for {', '.join(blind)}.")

    def target(self, data: Data) -> FieldTarget:
        """Return the field of a molecule and its box, as fits take them."""
        return molecule_target(self.field(data), data.z, data.pos, self.beta)

    def save(self, folder: str | Path) -> None:
        """Write ``field.json`` atomically."""
        write_atomically(Path(folder) / FILE, (json.dumps(asdict(self), indent=2) + "\n").encode())

    @classmethod
    def load(cls, model: str | Path) -> FieldRecipe:
        """Read the description that is stored with a model, ``field.json``.

        Raises:
            ValueError: if the file is missing or damaged.
        """
        path = find_pretrained(model) / FILE
        if not path.is_file():
            raise ValueError(f"{path} is missing, so the field that the model has learned is unknown; save it there.")
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            return cls(**{**content, "channels": tuple(content["channels"])})
        except (ValueError, TypeError, KeyError) as error:
            raise ValueError(f"{path} is not a field recipe ({error}); restore it.") from error


def complex_channels(molecules: Sequence[Data]) -> tuple[str, ...]:
    """Those of the paper for a complex, without elements that do not occur: many files have no hydrogens."""
    present = element_channels(molecules, SYMBOLS)
    return tuple(name for name in COMPLEX_CHANNELS if name not in SYMBOLS or name in present)


def element_channels(molecules: Sequence[Data], named: Sequence[str] = ORGANIC) -> tuple[str, ...]:
    """A channel for each of the ``named`` elements that occurs, and ``"others"`` if there are any."""
    present = {symbol for data in molecules for symbol in symbols(torch.unique(data.z))}
    found = tuple(name for name in named if name in present)
    return found + ((OTHERS,) if present - set(named) else ())
