"""Vectors of whole libraries of molecules, shard by shard on disk."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from torch_molfield.data import MolFieldData
from torch_molfield.data.library import Entry
from torch_molfield.data.npz import read_npz
from torch_molfield.models.molfield import MolField
from torch_molfield.models.property_molfield import PropertyMolField, field_of

LIBRARY = "library.json"


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
    functions of (:meth:`~torch_molfield.nn.property_heads.PropertyHeads.hidden`); with ``keep_tokens`` the ``tokens
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
        try:
            self.model.check(data.z, data.pos, None)
        except ValueError as error:
            return str(error)
        return ""

    def encode(self, molecules: Sequence[MolFieldData]) -> dict[str, Tensor]:
        """The weighted means over the frames, invariant to pose."""
        z, pos, batch = (rows.to(next(self.model.parameters()).device) for rows in end_to_end(molecules))
        reading = self.model.encoder.read(z, pos, batch)
        tokens = reading.frames.average(reading.tokens)
        pooled = tokens.mean(1) if self.heads is None else self.heads.hidden(reading)
        return {"pooled": pooled} | ({"tokens": tokens} if self.keep_tokens else {})


def end_to_end(molecules: Sequence[MolFieldData]) -> tuple[Tensor, Tensor, Tensor]:
    """``z [N]``, ``pos [N, 3]`` Å and ``batch [N]`` of several molecules."""
    sizes = torch.tensor([len(molecule.z) for molecule in molecules])
    z, pos = torch.cat([molecule.z for molecule in molecules]), torch.cat([molecule.pos for molecule in molecules])
    return z, pos, torch.arange(len(sizes)).repeat_interleave(sizes)


def encode(
    model: MolField | PropertyMolField | Encoder,
    entries: Iterable[Entry],
    batch_size: int = 32,
    keep_tokens: bool = False,
) -> dict[str, np.ndarray]:
    """Encode entries of a library.

    Returns:
        ``number [M]`` and ``name [M]`` of the M molecules that could be encoded, the arrays of the encoder
        (:class:`TokenEncoder`: ``pooled [M, D]`` and with ``keep_tokens`` ``tokens [M, T, D]``, invariant to pose);
        ``failed [K]`` numbers of the others and ``problem [K]``.
    """
    encoder = TokenEncoder(model, keep_tokens) if isinstance(model, (MolField, PropertyMolField)) else model
    good: list[tuple[Entry, MolFieldData]] = []
    failed: list[tuple[int, str]] = []
    for entry in entries:
        problem = entry.problem if entry.data is None else encoder.problem(entry.data)
        if entry.data is None or problem:
            failed.append((entry.number, problem))
        else:
            good.append((entry, entry.data))
    # molecules of like size share a batch, so little is padding
    good.sort(key=lambda pair: len(pair[1].z))
    order = np.argsort([entry.number for entry, _ in good], kind="stable")
    columns = _columns(encoder, [data for _, data in good], batch_size)
    return {
        "number": np.array([entry.number for entry, _ in good], dtype=np.int64)[order],
        "name": np.array([entry.name for entry, _ in good], dtype=str)[order],
        **{name: column[order] for name, column in columns.items()},
        "failed": np.array([number for number, _ in failed], dtype=np.int64),
        "problem": np.array([problem for _, problem in failed], dtype=str),
    }


@torch.no_grad()
def _columns(encoder: Encoder, molecules: Sequence[MolFieldData], batch_size: int) -> dict[str, np.ndarray]:
    parts = [encoder.encode(molecules[k : k + batch_size]) for k in range(0, len(molecules), batch_size)]
    return {
        name: np.concatenate([np.zeros((0, *shape), np.float32), *(part[name].float().cpu().numpy() for part in parts)])
        for name, shape in encoder.shapes.items()
    }


def encode_library(
    model: MolField | PropertyMolField | Encoder,
    entries: Callable[[int], Iterator[Entry]],
    directory: str | Path,
    settings: dict[str, Any],
    shard_size: int = 1024,
    batch_size: int = 32,
    keep_tokens: bool = False,
    progress: Callable[[int], None] = lambda done: None,
) -> int:
    """Write :func:`encode` of a library as ``shard-00000.npz`` and so on, ``shard_size`` entries each.

    A shard is written whole or not at all, and what an earlier run has written is not made again, so a killed run goes
    on where it stopped and no entry comes twice.

    Args:
        entries: the entries from a number on, as ``iterate_library`` gives them.
        settings: JSON-like; what must be the same for a run to go on (model, source).
        progress: called with the number of entries done.

    Returns:
        the number of shards.

    Raises:
        ValueError: if the folder holds shards of other settings, or the library is empty.
    """
    directory = Path(directory)
    _begin(directory, {**settings, "shard_size": shard_size, "tokens": keep_tokens})
    shard = len(list(directory.glob("shard-*.npz")))
    rest = entries(shard * shard_size)
    while part := list(islice(rest, shard_size)):
        _write(directory / f"shard-{shard:05d}.npz", encode(model, part, batch_size, keep_tokens))
        shard += 1
        progress(part[-1].number + 1)
    if not shard:
        raise ValueError("the library is empty; there is nothing to encode.")
    return shard


def read_shards(directory: str | Path) -> dict[str, np.ndarray]:
    """All shards of a folder, end to end; the arrays of :func:`encode`."""
    paths = sorted(Path(directory).glob("shard-*.npz"))
    if not paths:
        raise FileNotFoundError(f"There are no shards in {directory}; molfield encode writes them.")
    shards = [read_npz(path, (), "Remove it and encode again.") for path in paths]
    return {name: np.concatenate([shard[name] for shard in shards]) for name in shards[0]}


def _begin(directory: Path, settings: dict[str, Any]) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / LIBRARY
    if path.is_file():
        if json.loads(path.read_text(encoding="utf-8")) != json.loads(json.dumps(settings)):
            raise ValueError(f"{path} belongs to another model, file or size of shards; use another folder.")
        return
    temporary = path.with_suffix(".part")
    temporary.write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
    os.replace(temporary, path)


def _write(path: Path, arrays: dict[str, Any]) -> None:
    temporary = path.with_suffix(".part")
    with temporary.open("wb") as file:
        np.savez_compressed(file, **arrays)
    os.replace(temporary, path)
