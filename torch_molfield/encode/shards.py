"""Shards of a library of vectors: files of arrays in one folder, each written atomically."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from torch_molfield.data.io.atomic import atomic_file
from torch_molfield.data.io.npz import read_npz
from torch_molfield.encode.job_part import WHOLE, JobPart
from torch_molfield.encode.parquet import read_parquet, require_pyarrow, write_parquet

LIBRARY = "library.json"
_REMEDY = "Remove it and encode again."
#: of the arrays of shards; folders that an older version began are not continued
LAYOUT = 2


class Format(NamedTuple):
    """How the arrays of a shard are written and read, all or only those of some names."""

    write: Callable[[Path, Mapping[str, np.ndarray]], None]
    read: Callable[[Path, Collection[str] | None], dict[str, np.ndarray]]
    require: Callable[[], None]


def _write_npz(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    with path.open("wb") as file:
        np.savez_compressed(file, **dict(arrays))  # type: ignore[arg-type]  # its flags are keywords too


FORMATS: dict[str, Format] = {
    "npz": Format(_write_npz, lambda path, only: read_npz(path, (), _REMEDY, only), lambda: None),
    "parquet": Format(write_parquet, lambda path, only: read_parquet(path, _REMEDY, only), require_pyarrow),
}


def require_format(file_format: str) -> None:
    """``ValueError`` for an unknown format, ``ImportError`` without the package that it needs."""
    if file_format not in FORMATS:
        raise ValueError(f"the format {file_format!r} is unknown; choose one of {', '.join(FORMATS)}.")
    FORMATS[file_format].require()


def begin_shards(directory: Path, settings: dict[str, Any], file_format: str) -> None:
    """Store the settings in the folder of the shards.

    Raises:
        ValueError: if the folder holds shards of other settings, which the message names.
    """
    path = directory / LIBRARY
    now = json.loads(json.dumps({**settings, "format": file_format, "layout": LAYOUT}))
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


def sound_shards(directory: Path, file_format: str, part: JobPart = WHOLE) -> frozenset[int]:
    """Numbers of the shards of a part that are there, each read once; one that is damaged is named by a warning and
    removed."""
    sound = set()
    for number, path in _numbered(directory, part):
        if path.suffix[1:] != file_format:
            continue
        try:
            FORMATS[file_format].read(path, None)
        except ValueError as problem:
            warnings.warn(f"{str(problem).removesuffix(_REMEDY)}It is made again.", stacklevel=2)
            path.unlink()
        else:
            sound.add(number)
    return frozenset(sound)


def iterate_shards(
    directory: str | Path, part: JobPart = WHOLE, only: Collection[str] | None = None
) -> Iterator[dict[str, np.ndarray]]:
    """Iterate over the arrays of the shards of a folder.

    Args:
        directory: the folder.
        part: a part of the shards; by default all.
        only: names of the arrays to read; by default all.

    Raises:
        FileNotFoundError: if there are no shards.
        ValueError: for a damaged shard, which the message names.
    """
    if not _numbered(Path(directory), WHOLE):
        raise FileNotFoundError(f"There are no shards in {directory}; molfield encode writes them.")
    for _, path in _numbered(Path(directory), part):
        yield FORMATS[path.suffix[1:]].read(path, only)


def _numbered(directory: Path, part: JobPart) -> list[tuple[int, Path]]:
    """The shards of a part that are there, by number."""
    paths = (path for path in directory.glob("shard-*") if path.suffix[1:] in FORMATS)
    numbered = ((int(path.stem.removeprefix("shard-")), path) for path in paths)
    return sorted(pair for pair in numbered if part.has(pair[0]))


def read_shards(directory: str | Path) -> dict[str, np.ndarray]:
    """Read all shards of a folder and concatenate them.

    The arrays are those of :func:`~torch_molfield.encode.entries.encode`.

    Raises:
        FileNotFoundError: if there are no shards.
        ValueError: for a damaged shard, which the message names.
    """
    shards = list(iterate_shards(directory))
    return {name: np.concatenate([shard[name] for shard in shards]) for name in shards[0]}
