"""Vectors of whole libraries of molecules, shard by shard on disk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch

from torch_molfield.data import Entry, MolFieldData
from torch_molfield.data.finite import not_finite
from torch_molfield.encode.encoders import Encoder, TokenEncoder
from torch_molfield.encode.job_part import WHOLE, JobPart
from torch_molfield.encode.shards import begin_shards, read_shards, shard_path, write_shard
from torch_molfield.models.molfield import MolField
from torch_molfield.models.property_molfield import PropertyMolField

__all__ = ["Encoder", "TokenEncoder", "encode", "encode_library", "read_shards"]


def encode(
    model: MolField | PropertyMolField | Encoder,
    entries: Iterable[Entry],
    batch_size: int = 32,
    keep_tokens: bool = False,
    progress: Callable[[float], None] = lambda more: None,
) -> dict[str, np.ndarray]:
    """Encode entries of a library.

    Args:
        progress: called with the number of entries done since the last call; reading one is half of it, as making a
            conformer can take longer than encoding it.

    Returns:
        ``number [M]``, ``name [M]`` and ``smiles [M]`` (empty where there is none) of the M molecules that could be
        encoded, the arrays of the encoder (:class:`TokenEncoder`: ``pooled [M, D]`` and with ``keep_tokens``
        ``tokens [M, T, D]``, invariant to pose); ``failed [K]`` numbers of the others and ``problem [K]``.
    """
    encoder = TokenEncoder(model, keep_tokens) if isinstance(model, (MolField, PropertyMolField)) else model
    good: list[tuple[Entry, MolFieldData]] = []
    failed: list[tuple[int, str]] = []
    for entry in entries:
        problem = entry.problem if entry.data is None else encoder.problem(entry.data)
        if entry.data is None or problem:
            failed.append((entry.number, problem))
            progress(1.0)
        else:
            good.append((entry, entry.data))
            progress(0.5)
    # molecules of like size share a batch, so little is padding
    good.sort(key=lambda pair: len(pair[1].z))
    columns, problems = _columns(encoder, [data for _, data in good], batch_size, progress)
    failed = sorted(failed + [(good[k][0].number, problem) for k, problem in problems.items()])
    good = [pair for k, pair in enumerate(good) if k not in problems]
    order = np.argsort([entry.number for entry, _ in good], kind="stable")
    return {
        "number": np.array([entry.number for entry, _ in good], dtype=np.int64)[order],
        "name": np.array([entry.name for entry, _ in good], dtype=str)[order],
        "smiles": np.array([data.get("smiles", "") for _, data in good], dtype=str)[order],
        **{name: column[order] for name, column in columns.items()},
        "failed": np.array([number for number, _ in failed], dtype=np.int64),
        "problem": np.array([problem for _, problem in failed], dtype=str),
    }


@torch.no_grad()
def _columns(
    encoder: Encoder, molecules: Sequence[MolFieldData], batch_size: int, progress: Callable[[float], None]
) -> tuple[dict[str, np.ndarray], dict[int, str]]:
    """The arrays of the molecules with finite ones, and what is wrong with the others, by place."""
    found = {name: [np.zeros((0, *shape), np.float32)] for name, shape in encoder.shapes.items()}
    problems: dict[int, str] = {}
    for k in range(0, len(molecules), batch_size):
        batch = molecules[k : k + batch_size]
        arrays = {name: rows.float().cpu() for name, rows in encoder.encode(batch).items()}
        strange = not_finite(arrays)
        problems |= {k + number: problem for number, problem in strange.items()}
        kept = [number for number in range(len(batch)) if number not in strange]
        for name, rows in arrays.items():
            found[name].append(rows[kept].numpy())
        progress(0.5 * len(batch))
    return {name: np.concatenate(parts) for name, parts in found.items()}, problems


def encode_library(
    model: MolField | PropertyMolField | Encoder,
    entries: Callable[[int], Iterator[Entry]],
    directory: str | Path,
    settings: dict[str, Any],
    shard_size: int = 1024,
    batch_size: int = 32,
    keep_tokens: bool = False,
    progress: Callable[[float], None] = lambda done: None,
    file_format: str = "npz",
    part: JobPart = WHOLE,
) -> int:
    """Write :func:`encode` of a library as ``shard-00000.npz`` and so on, ``shard_size`` entries each.

    A shard is written atomically, and what an earlier run has written is not made again, so a killed run goes
    on where it stopped, a shard that was removed is made again, and no entry comes twice.

    Args:
        entries: the entries from a number on, as ``iterate_library`` gives them.
        settings: JSON-like; what must be the same for a run to go on (model, source).
        progress: called with the number of entries done, see :func:`encode`.
        file_format: ``"npz"``, or ``"parquet"`` (needs pyarrow).
        part: of an array of jobs that write to one folder, each its own shards; a run of the whole afterwards makes
            those that are missing.

    Returns:
        the number of shards of the part; 0 if the library has fewer shards than there are jobs.

    Raises:
        ValueError: if the folder holds shards of other settings, or the library is empty.
        ImportError: for parquet without pyarrow.
    """
    directory = Path(directory)
    begin_shards(directory, {**settings, "shard_size": shard_size, "tokens": keep_tokens}, file_format)
    shard, rest, done = part.number - 1, None, 0.0

    def count(more: float) -> None:
        nonlocal done
        done += more
        progress(done)

    while True:
        path = shard_path(directory, shard, file_format)
        if path.is_file():
            shard, rest = shard + part.jobs, None
            continue
        if rest is None:
            rest, done = entries(shard * shard_size), float(shard * shard_size)
        arrays = encode(model, islice(rest, shard_size), batch_size, keep_tokens, count)
        if not len(arrays["number"]) + len(arrays["failed"]):
            break
        write_shard(path, arrays)
        shard, rest = shard + part.jobs, rest if part.jobs == 1 else None
    if not shard:
        raise ValueError("the library is empty; there is nothing to encode.")
    return shard // part.jobs
