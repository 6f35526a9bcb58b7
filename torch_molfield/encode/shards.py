"""Shards of a library of vectors: files of arrays in one folder, each written atomically."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from torch_molfield.data.io.atomic import atomic_file
from torch_molfield.data.io.npz import read_npz
from torch_molfield.encode.job_part import WHOLE, JobPart
from torch_molfield.encode.parquet import read_parquet, require_pyarrow, write_parquet

LIBRARY = "library.json"
_REMEDY = "Remove it and encode again."


class Format(NamedTuple):
    """How the arrays of a shard are written and read."""

    write: Callable[[Path, Mapping[str, np.ndarray]], None]
    read: Callable[[Path], dict[str, np.ndarray]]
    require: Callable[[], None]


def _write_npz(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    with path.open("wb") as file:
        np.savez_compressed(file, **dict(arrays))  # type: ignore[arg-type]  # its flags are keywords too


FORMATS: dict[str, Format] = {
    "npz": Format(_write_npz, lambda path: read_npz(path, (), _REMEDY), lambda: None),
    "parquet": Format(write_parquet, lambda path: read_parquet(path, _REMEDY), require_pyarrow),
}


def begin_shards(directory: Path, settings: dict[str, Any], file_format: str) -> None:
    """Make the folder and remember the settings in it.

    Raises:
        ValueError: for an unknown format, or if the folder holds shards of other settings; those are named.
        ImportError: without the package that the format needs.
    """
    if file_format not in FORMATS:
        raise ValueError(f"the format {file_format!r} is unknown; choose one of {', '.join(FORMATS)}.")
    FORMATS[file_format].require()
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / LIBRARY
    now = json.loads(json.dumps({**settings, "format": file_format}))
    if path.is_file():
        before = json.loads(path.read_text(encoding="utf-8"))
        others = [name for name in now.keys() | before.keys() if now.get(name) != before.get(name)]
        if others:
            raise ValueError(f"{path} was begun with another {' and '.join(sorted(others))}; use another folder.")
        return
    with atomic_file(path) as partial:
        partial.write_text(json.dumps(now, indent=2) + "\n", encoding="utf-8")


def shard_path(directory: Path, number: int, file_format: str) -> Path:
    """Where a shard is, or will be."""
    return directory / f"shard-{number:05d}.{file_format}"


def write_shard(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write arrays in the format that the ending says."""
    with atomic_file(path) as partial:
        FORMATS[path.suffix[1:]].write(partial, arrays)


def iterate_shards(directory: str | Path, part: JobPart = WHOLE) -> Iterator[dict[str, np.ndarray]]:
    """The arrays of one shard after the other, of a ``part`` of them.

    Raises:
        FileNotFoundError: if there are none.
        ValueError: for a damaged one; the sentence names it.
    """
    paths = sorted(path for path in Path(directory).glob("shard-*") if path.suffix[1:] in FORMATS)
    if not paths:
        raise FileNotFoundError(f"There are no shards in {directory}; molfield encode writes them.")
    for path in paths:
        if not part.has(int(path.stem.removeprefix("shard-"))):
            continue
        yield FORMATS[path.suffix[1:]].read(path)


def read_shards(directory: str | Path) -> dict[str, np.ndarray]:
    """All shards of a folder, end to end; the arrays of :func:`~torch_molfield.encode.library.encode`."""
    shards = list(iterate_shards(directory))
    return {name: np.concatenate([shard[name] for shard in shards]) for name in shards[0]}
