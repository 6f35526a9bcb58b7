"""The common part of the datasets: filter, transform, collate, and keep the result on disk if asked."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from torch_geometric.data import Data, InMemoryDataset

from torch_molfield.data.io.atomic import atomic_file
from torch_molfield.data.molfield_data import MolFieldData

Transform = Callable[[Data], Data]
Filter = Callable[[Data], bool]


class MoleculeDataset(InMemoryDataset):
    """Molecules in memory, after ``pre_filter`` and ``pre_transform``; ``transform`` is applied at each access.

    With ``cache`` the processed molecules are kept in ``cache/NAME-HASH.pt`` (loaded with ``weights_only=True``). The
    hash covers the dataset's options, the source files (size and time) and the ``repr`` of filter and transform, so
    another setting never meets a stale file, and several settings live side by side. A filter or transform whose
    ``repr`` is a memory address (a lambda, say) does not identify itself: then nothing is cached.
    """

    def __init__(
        self,
        molecules: Callable[[], Iterable[MolFieldData]],
        identity: dict[str, Any],
        cache: str | Path | None = None,
        transform: Transform | None = None,
        pre_transform: Transform | None = None,
        pre_filter: Filter | None = None,
        force_reload: bool = False,
    ) -> None:
        super().__init__(None, transform, pre_transform, pre_filter)
        parts = [f"{key}={value!r}" for key, value in sorted(identity.items())]
        parts += [f"pre_filter={pre_filter!r}", f"pre_transform={pre_transform!r}"]
        #: Where the processed molecules are kept; ``None`` when they are not.
        self.cache_file: Path | None = None
        if cache is not None and not any(" at 0x" in part for part in parts):
            digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
            self.cache_file = Path(cache) / f"{type(self).__name__}-{digest}.pt"
        if self.cache_file is not None and self.cache_file.is_file() and not force_reload:
            self._load_cache(self.cache_file)
        else:
            self._build(molecules())

    def _load_cache(self, path: Path) -> None:
        try:
            self.load(str(path), data_cls=MolFieldData)
        except Exception as error:  # a damaged archive raises errors of every class
            raise ValueError(f"{path} is damaged; delete it or pass force_reload=True.") from error

    def _build(self, molecules: Iterable[MolFieldData]) -> None:
        kept: list[Data] = []
        for molecule in molecules:
            if self.pre_filter is None or self.pre_filter(molecule):
                kept.append(molecule if self.pre_transform is None else self.pre_transform(molecule))
        if not kept:
            raise ValueError(f"{type(self).__name__}: no molecule is left; widen the selection or the pre_filter.")
        if self.cache_file is not None:
            self._save_cache(kept, self.cache_file)
        self._data, self.slices = self.collate(kept)

    def _save_cache(self, molecules: list[Data], path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_file(path) as part:
            self.save(molecules, str(part))


def file_identity(path: str | Path) -> tuple[str, int, int] | None:
    """Name, size and time of change of a file, for the cache's hash; ``None`` when it is not there."""
    path = Path(path)
    if not path.is_file():
        return None
    status = path.stat()
    return path.name, status.st_size, status.st_mtime_ns
