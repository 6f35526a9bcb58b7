"""Encoders: what makes arrays of molecules, for :mod:`torch_molfield.encode.library`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from torch_molfield.data import MolFieldData
from torch_molfield.data.registry import Registry
from torch_molfield.data.validation import problem_with
from torch_molfield.data.words import with_article
from torch_molfield.models import EnergyMolField, QuantumDeepField
from torch_molfield.models.load import load_model
from torch_molfield.models.molfield import MolField
from torch_molfield.models.property_molfield import PropertyMolField, field_of

#: ending of the name of the array that holds the lengths ``[M]`` of those of an array that lie end to end
SIZE = "_size"


class Encoder(ABC):
    """Base of encoders, which make arrays of molecules; the constructor takes the model.

    It is registered under the name of the model's class by ``@ENCODERS.register("MyModel")``, and also used for
    subclasses of that class.

    Attributes:
        dtype: of the arrays.
        whole: names of the arrays that hold integers (int64).
    """

    dtype = torch.float32
    whole: Collection[str] = ()

    @classmethod
    def of(cls, model: Any, folder: str | Path, tokens: bool = False) -> Encoder:
        """Make the encoder of a model from its folder or shipped name.

        Args:
            model: the loaded model.
            folder: its folder or name.
            tokens: whether all tokens are encoded.

        Raises:
            ValueError: for ``tokens`` of a model that has none.
        """
        refuse_tokens(model, folder, tokens)
        return cls(model)  # type: ignore[call-arg]

    @property
    @abstractmethod
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        """Names of the arrays, and their shapes for one molecule.

        The first length is -1 if it differs between molecules, as for values of their atoms.
        """

    @abstractmethod
    def problem(self, data: MolFieldData) -> str:
        """Return why a molecule cannot be encoded, or an empty text."""

    @abstractmethod
    def encode(self, molecules: Sequence[MolFieldData]) -> Mapping[str, Tensor | Sequence[Tensor]]:
        """Return arrays ``[M, ...]`` of at least one molecule, or M arrays ``[n, ...]`` if lengths differ."""

    def dtype_of(self, name: str) -> torch.dtype:
        """Return the dtype of the array of this name."""
        return torch.int64 if name in self.whole else self.dtype


def refuse_tokens(model: Any, folder: str | Path, tokens: bool) -> None:
    """Raise ``ValueError`` if ``tokens`` are wanted of a model that has none."""
    if tokens:
        raise ValueError(f"{folder} is {with_article(type(model).__name__)}, which has no tokens; omit --tokens.")


#: encoders by the class of the model; those of other packages by entry points of this group
ENCODERS: Registry[type[Encoder]] = Registry("encoder", "torch_molfield.encoders", Encoder)  # type: ignore[type-abstract]
# These need the training package, which imports Lightning.
ENCODERS.declare("GraphNeuralField", "torch_molfield.encode.latent_encoders:GraphCodes")
ENCODERS.declare("GridNeuralField", "torch_molfield.encode.latent_encoders:GridCodes")
ENCODERS.declare("MolecularNeuralField", "torch_molfield.encode.latent_encoders:FittedCodes")


def load_encoder(name_or_directory: str | Path, tokens: bool = False, device: str = "cpu") -> Encoder:
    """Load the encoder of a shipped model or of a model in a folder.

    Args:
        name_or_directory: the model.
        tokens: whether all tokens are encoded.
        device: of the model.

    Raises:
        FileNotFoundError: if there is no such model.
        ValueError: for a model without a registered encoder, or tokens of a model that has none.
    """
    model = load_model(name_or_directory, "encode").to(device)
    for cls in type(model).__mro__:
        if cls.__name__ in ENCODERS:
            return ENCODERS.get(cls.__name__).of(model, name_or_directory, tokens)
    raise ValueError(
        f"{name_or_directory} is {with_article(type(model).__name__)}, for which no encoder is registered."
    )


@ENCODERS.register("MolField")
@ENCODERS.register("PropertyMolField")
class TokenEncoder(Encoder):
    """Encoder of a MolField or of a model of properties: ``pooled [D]`` and, with ``keep_tokens``, ``tokens [T, D]``.

    For a MolField ``pooled`` is the mean of the weight tokens; for a model of properties it holds the features of which
    the values are linear functions (:meth:`~torch_molfield.nn.heads.properties.PropertyHeads.hidden`).
    """

    def __init__(self, model: MolField | PropertyMolField, keep_tokens: bool = False) -> None:
        self.model = field_of(model)
        self.heads = model.heads if isinstance(model, PropertyMolField) else None
        self.keep_tokens = keep_tokens

    @classmethod
    def of(cls, model: Any, folder: str | Path, tokens: bool = False) -> TokenEncoder:
        """With the tokens where they are wanted."""
        return cls(model, tokens)

    @property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        count, width = self.model.encoder.hyper.start.shape
        shapes: dict[str, tuple[int, ...]] = {"pooled": (width if self.heads is None else self.heads.num_hidden,)}
        return shapes | ({"tokens": (count, width)} if self.keep_tokens else {})

    def problem(self, data: MolFieldData) -> str:
        return problem_with(self.model.check_known, data)

    def encode(self, molecules: Sequence[MolFieldData]) -> dict[str, Tensor]:
        """The weighted means over the frames, invariant to pose."""
        z, pos, batch = (rows.to(next(self.model.parameters()).device) for rows in end_to_end(molecules))
        reading = self.model.encoder.read(z, pos, batch)
        tokens = reading.frames.average(reading.tokens)
        pooled = tokens.mean(1) if self.heads is None else self.heads.hidden(reading)
        return {"pooled": pooled} | ({"tokens": tokens} if self.keep_tokens else {})


@ENCODERS.register("EnergyMolField")
@ENCODERS.register("QuantumDeepField")
class FeatureEncoder(Encoder):
    """Encoder ``pooled [D]``: features of which energies and other extensive targets are linear functions."""

    def __init__(self, model: EnergyMolField | QuantumDeepField) -> None:
        self.model = model

    @property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        return {"pooled": (self.model.config["width"],)}

    def problem(self, data: MolFieldData) -> str:
        return problem_with(self.model.check, data)

    def encode(self, molecules: Sequence[MolFieldData]) -> dict[str, Tensor]:
        """All molecules in one pass."""
        device = next(self.model.parameters()).device
        return {"pooled": self.model.features(*(rows.to(device) for rows in end_to_end(molecules)))}


def end_to_end(molecules: Sequence[MolFieldData]) -> tuple[Tensor, Tensor, Tensor]:
    """``z [N]``, ``pos [N, 3]`` Å and ``batch [N]`` of several molecules."""
    sizes = torch.tensor([len(molecule.z) for molecule in molecules])
    z, pos = torch.cat([molecule.z for molecule in molecules]), torch.cat([molecule.pos for molecule in molecules])
    return z, pos, torch.arange(len(sizes)).repeat_interleave(sizes)
