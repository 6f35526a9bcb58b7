"""Encoding of whole libraries of molecules, written to disk in shards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

from torch_molfield.data import Entry
from torch_molfield.encode.disk_space import require_disk_space
from torch_molfield.encode.encoders import Encoder, TokenEncoder
from torch_molfield.encode.entries import encode
from torch_molfield.encode.folder_lock import locked_folder
from torch_molfield.encode.job_part import WHOLE, JobPart
from torch_molfield.encode.local_engine import LocalEngine
from torch_molfield.encode.shard_maker import Progress, ShardMaker, ShardPlan
from torch_molfield.encode.shards import begin_shards, read_shards, require_format, sound_shards
from torch_molfield.models.molfield import MolField
from torch_molfield.models.property_molfield import PropertyMolField

__all__ = ["Encoder", "Engine", "TokenEncoder", "encode", "encode_library", "read_shards"]


class Engine(Protocol):
    """The interface of an engine, which makes shards."""

    def run(self, maker: ShardMaker, plan: ShardPlan, progress: Progress) -> int:
        """Make the shards that are missing, and return the number of shards of the part."""


def encode_library(
    model: MolField | PropertyMolField | Encoder,
    entries: Callable[[int], Iterator[Entry]],
    directory: str | Path,
    settings: dict[str, Any],
    shard_size: int = 1024,
    batch_size: int | None = None,
    keep_tokens: bool = False,
    progress: Progress = lambda done: None,
    file_format: str = "npz",
    part: JobPart = WHOLE,
    size: int | None = None,
    engine: Engine | None = None,
) -> int:
    """Encode a library and write it in shards of ``shard_size`` entries, ``shard-00000.npz`` and so on.

    Each shard holds the arrays of :func:`~torch_molfield.encode.entries.encode` and is written atomically. Shards of an
    earlier run are not made again, so a killed run continues where it stopped and no entry comes twice. A shard that
    was removed is made again, and so is a damaged one, with a warning that names it.

    Args:
        model: a model with tokens, or an encoder.
        entries: function that gives the entries from a number on, as ``iterate_library`` does.
        directory: the folder of the shards.
        settings: JSON-like; what must be the same for a run to continue (model, source).
        shard_size: entries per shard.
        batch_size: as for :func:`~torch_molfield.encode.entries.encode`.
        keep_tokens: as for :func:`~torch_molfield.encode.entries.encode`.
        progress: called with the number of entries done.
        file_format: ``"npz"``, or ``"parquet"`` (needs pyarrow).
        part: this job's part, if an array of jobs writes to one folder, each its own shards; a later run without
            ``part`` makes those that are missing.
        size: number of entries, if it is known; the free space on the disk is then checked first.
        engine: where shards are made; by default in this process.

    Returns:
        The number of shards of the part; 0 if the library has fewer shards than there are jobs.

    Raises:
        ValueError: if the folder holds shards of other settings, or the library is empty.
        OSError: if another run writes to the folder, or there is not enough space on the disk.
        ImportError: for parquet without pyarrow.
    """
    directory = Path(directory)
    require_format(file_format)
    encoder = TokenEncoder(model, keep_tokens) if isinstance(model, (MolField, PropertyMolField)) else model
    with locked_folder(directory, part):
        begin_shards(directory, {**settings, "shard_size": shard_size, "tokens": keep_tokens}, file_format)
        done = sound_shards(directory, file_format, part)
        plan = ShardPlan(part, done, size)
        if size is not None:
            missing = sum(1 for _ in plan.missing(shard_size))
            require_disk_space(directory, encoder, min(size, missing * shard_size))
        maker = ShardMaker(encoder, entries, directory, file_format, shard_size, batch_size)
        made = (engine or LocalEngine()).run(maker, plan, progress)
    if not made and part.number == 1:
        raise ValueError("the library is empty; there is nothing to encode.")
    return made
