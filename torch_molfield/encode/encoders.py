"""What makes arrays of molecules, for :mod:`torch_molfield.encode.library`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import torch
from torch import Tensor
from torch_geometric.data import Data

from torch_molfield.data import MolFieldData
from torch_molfield.models.molfield import MolField
from torch_molfield.models.property_molfield import PropertyMolField, field_of


class Encoder(Protocol):
    """What makes arrays of molecules."""

    @property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        """Names of the arrays, and their shapes for one molecule."""

    def problem(self, data: MolFieldData) -> str:
        """Why a molecule cannot be taken, or nothing."""

    def encode(self, molecules: Sequence[MolFieldData]) -> dict[str, Tensor]:
        """The arrays ``[M, ...]`` of at least one molecule."""


class TokenEncoder:
    """Of a MolField the mean of the weight tokens, ``pooled [D]``; of a model of properties what its values are linear
    functions of (:meth:`~torch_molfield.nn.heads.properties.PropertyHeads.hidden`); with ``keep_tokens`` the ``tokens
    [T, D]`` too."""

    def __init__(self, model: MolField | PropertyMolField, keep_tokens: bool = False) -> None:
        self.model = field_of(model)
        self.heads = model.heads if isinstance(model, PropertyMolField) else None
        self.keep_tokens = keep_tokens

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


def problem_with(check: Callable[[Tensor, Tensor, None], object], data: Data) -> str:
    """Why a model's check does not take a molecule by itself, or nothing."""
    try:
        check(data.z, data.pos, None)
    except ValueError as error:
        return str(error).replace("molecule 0 of the batch", "the molecule")
    return ""


def end_to_end(molecules: Sequence[MolFieldData]) -> tuple[Tensor, Tensor, Tensor]:
    """``z [N]``, ``pos [N, 3]`` Å and ``batch [N]`` of several molecules."""
    sizes = torch.tensor([len(molecule.z) for molecule in molecules])
    z, pos = torch.cat([molecule.z for molecule in molecules]), torch.cat([molecule.pos for molecule in molecules])
    return z, pos, torch.arange(len(sizes)).repeat_interleave(sizes)
