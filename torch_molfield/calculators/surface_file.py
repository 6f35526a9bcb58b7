"""Surfaces of a molecule in motion in one file that grows by one line per step.

The first line is a JSON object that describes the molecule and the surface, each further line an object for one step:
numbers, and arrays as base64 of zlib of little-endian float32 and uint32. Every line is complete in itself, so a file
can be read while it grows and can be appended to; a line that a crash has cut off is skipped.
"""

from __future__ import annotations

import base64
import json
import os
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from torch_molfield.data.io.atomic import atomic_file
from torch_molfield.surface import Mesh

FORMAT = "molfield surfaces 1"


class SurfaceRecord(NamedTuple):
    """A surface and the positions of its atoms.

    Attributes:
        step: number of the step.
        time: fs, NaN if there is none.
        positions: ``[N, 3]`` Å.
        mesh: the surface; the file also holds its ``area`` (Å²) and ``volume`` (Å³).
    """

    step: int
    time: float
    positions: np.ndarray
    mesh: Mesh


@dataclass(frozen=True)
class SurfaceFile:
    """A file of surfaces of one molecule in motion, of one ``kind`` and ``spacing`` (Å).

    Attributes:
        path: of the file.
        numbers: ``[N]`` atomic numbers.
        kind: of the surface.
        spacing: of its lattice, Å.
    """

    path: Path
    numbers: tuple[int, ...]
    kind: str
    spacing: float

    @classmethod
    def create(cls, path: str | Path, numbers: Sequence[int], kind: str, spacing: float) -> SurfaceFile:
        """Create a new file; an existing one is replaced only once the new one is complete."""
        file = cls(Path(path), tuple(int(n) for n in numbers), kind, float(spacing))
        header = {"format": FORMAT, "numbers": list(file.numbers), "kind": kind, "spacing": file.spacing}
        with atomic_file(file.path) as partial:
            partial.write_text(json.dumps(header) + "\n", encoding="ascii")
        return file

    @classmethod
    def open(cls, path: str | Path) -> SurfaceFile:
        """Open a file that :meth:`create` has made; it is only read, so a run may be writing to it.

        Raises:
            FileNotFoundError: if there is no such file.
            ValueError: for a file of another format.
        """
        path = Path(path)
        if not path.is_file():
            raise FileNotFoundError(f"There is no file {path}; record surfaces to it first.")
        with path.open("rb") as stream:
            header = _parsed(stream.readline())
        if header is None or header.get("format") != FORMAT:
            raise ValueError(f"{path} is not a surface file ({FORMAT}); give one that SurfaceRecorder wrote.")
        return cls(path, tuple(header["numbers"]), header["kind"], float(header["spacing"]))

    def append(self, record: SurfaceRecord) -> None:
        """Append one line; an incomplete line that a crash has left at the end is ended first."""
        mesh = record.mesh
        row = {
            "step": record.step,
            "time": None if np.isnan(record.time) else record.time,
            "area": mesh.area,
            "volume": mesh.volume,
            "positions": _packed(record.positions, "<f4"),
            "vertices": _packed(mesh.vertices, "<f4"),
            "faces": _packed(mesh.faces, "<u4"),
        }
        start = "" if self._ends_whole() else "\n"
        with self.path.open("a", encoding="ascii") as stream:
            stream.write(start + json.dumps(row) + "\n")

    def __iter__(self) -> Iterator[SurfaceRecord]:
        return self.records()

    def records(self, every: int = 1) -> Iterator[SurfaceRecord]:
        """Iterate over the first record and each ``every``-th after it; the others are not unpacked."""
        for row in islice(self._rows(), 0, None, every):
            mesh = Mesh(_unpacked(row["vertices"], "<f4"), _unpacked(row["faces"], "<u4"))
            time = float("nan") if row["time"] is None else row["time"]
            yield SurfaceRecord(row["step"], time, _unpacked(row["positions"], "<f4"), mesh)

    def table(self) -> dict[str, np.ndarray]:
        """Return the columns ``step``, ``time`` (fs), ``area`` (Å²) and ``volume`` (Å³), ``[T]`` each."""
        rows = list(self._rows())
        names = ("step", "time", "area", "volume")
        return {name: np.array([row[name] for row in rows], dtype=float) for name in names}

    def _rows(self) -> Iterator[dict[str, Any]]:
        """The whole lines; one that a crash has broken hides none of those after it."""
        with self.path.open("rb") as stream:
            stream.readline()
            for line in stream:
                row = _parsed(line)
                if row is not None:
                    yield row

    def _ends_whole(self) -> bool:
        with self.path.open("rb") as stream:
            stream.seek(-1, os.SEEK_END)
            return stream.read() == b"\n"


def _parsed(line: bytes) -> dict[str, Any] | None:
    """The object of a whole line, ``None`` for a broken one."""
    try:
        row = json.loads(line) if line.endswith(b"\n") else None
    except ValueError:
        return None
    return row if isinstance(row, dict) else None


def _packed(array: np.ndarray, kind: str) -> str:
    return base64.b64encode(zlib.compress(np.ascontiguousarray(array, dtype=kind).tobytes(), 1)).decode("ascii")


def _unpacked(text: str, kind: str) -> np.ndarray:
    """``[R, 3]``."""
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), dtype=kind).reshape(-1, 3)
