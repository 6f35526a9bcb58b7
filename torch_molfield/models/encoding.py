"""Weight tokens of whole libraries of molecules, shard by shard on disk."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch

from torch_molfield.data.library import Entry
from torch_molfield.models.molfield import MolField

LIBRARY = "library.json"


@torch.no_grad()
def encode(
    model: MolField, entries: Iterable[Entry], batch_size: int = 32, keep_tokens: bool = False
) -> dict[str, np.ndarray]:
    """Encode entries of a library.

    Returns:
        ``number [M]`` and ``name [M]`` of the M molecules that could be encoded, ``pooled [M, D]`` (the mean over
        tokens) and, with ``keep_tokens``, ``tokens [M, T, D]``, all invariant to pose; ``failed [K]`` numbers of the
        others and ``problem [K]``.
    """
    good: list[Entry] = []
    failed: list[tuple[int, str]] = []
    for entry in entries:
        problem = _problem(model, entry)
        if problem:
            failed.append((entry.number, problem))
        else:
            good.append(entry)
    # molecules of like size share a batch, so little is padding
    good.sort(key=lambda entry: len(entry.data.z) if entry.data is not None else 0)
    parts = [_tokens(model, good[k : k + batch_size]) for k in range(0, len(good), batch_size)]
    width = model.encoder.hyper.start.shape
    tokens = torch.cat(parts) if parts else torch.zeros(0, *width)
    order = np.argsort([entry.number for entry in good], kind="stable")
    arrays = {
        "number": np.array([entry.number for entry in good], dtype=np.int64)[order],
        "name": np.array([entry.name for entry in good], dtype=str)[order],
        "pooled": tokens.mean(1).numpy()[order],
        "failed": np.array([number for number, _ in failed], dtype=np.int64),
        "problem": np.array([problem for _, problem in failed], dtype=str),
    }
    return arrays | ({"tokens": tokens.numpy()[order]} if keep_tokens else {})


def encode_library(
    model: MolField,
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
    shards = [dict(np.load(path, allow_pickle=False)) for path in paths]
    return {name: np.concatenate([shard[name] for shard in shards]) for name in shards[0]}


def _problem(model: MolField, entry: Entry) -> str:
    """Why the model cannot take a molecule, or nothing."""
    if entry.data is None:
        return entry.problem
    try:
        model.check(entry.data.z, entry.data.pos, None)
    except ValueError as error:
        return str(error)
    return ""


def _tokens(model: MolField, entries: list[Entry]) -> torch.Tensor:
    """``[M, T, D]``, the weighted means over the frames."""
    molecules = [entry.data for entry in entries if entry.data is not None]
    sizes = torch.tensor([len(molecule.z) for molecule in molecules])
    z, pos = torch.cat([molecule.z for molecule in molecules]), torch.cat([molecule.pos for molecule in molecules])
    device = next(model.parameters()).device
    z, pos, batch = (rows.to(device) for rows in (z, pos, torch.arange(len(sizes)).repeat_interleave(sizes)))
    reading = model.encoder.read(z, pos, batch)
    return reading.frames.average(reading.tokens).float().cpu()


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


def _write(path: Path, arrays: dict[str, np.ndarray]) -> None:
    temporary = path.with_suffix(".part")
    with temporary.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)
    os.replace(temporary, path)
