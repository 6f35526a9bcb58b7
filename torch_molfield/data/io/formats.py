"""The one table of molecule file formats: which functions read a file, by its suffix."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from torch_molfield.data.molfield_data import MolFieldData
from torch_molfield.data.paths import require_file, with_path


class Entry(NamedTuple):
    """One entry of a file: a molecule, or the reason why it could not be read.

    Attributes:
        number: of the entry in the file, from 0.
        name: of the molecule.
        data: the molecule; ``None`` where it could not be read.
        problem: the reason, with the place in the file; empty where the molecule was read.
    """

    number: int
    name: str
    data: MolFieldData | None
    problem: str = ""


def _unknown(path: Path) -> int | None:
    return None


@dataclass(frozen=True)
class MoleculeFormat:
    """A file format of molecules: its suffixes, and the functions that read it.

    Attributes:
        suffixes: in lower case, with the dot.
        iterate: ``(path, first)`` → the entries from number ``first`` on, in order, one in memory at a time. A molecule
            that cannot be read is an entry with a problem (place and reason); reading then continues with the next one.
        values: ``(path, name)`` → for each entry the value that the file stores under ``name``, unconverted; ``None``
            for entries without it. Files of a format without this function provide no labels.
        count: ``path`` → the number of entries, without reading atoms; ``None`` where it is unknown.
        unit: what an entry is called in error messages.
        descriptors: whether ``values`` also computes RDKit descriptors.
        waters: whether ``iterate`` takes ``waters=``, which keeps the water molecules of structure files.
        conformers: whether ``iterate`` takes ``max_seconds=``, the time limit of a conformer.
        names: ``path`` → the names that ``values`` finds in the file, in their order.
        atoms: ``path`` → the entries with elements and positions only, for files with bonds; the bonds are not checked.
    """

    suffixes: tuple[str, ...]
    iterate: Callable[..., Iterator[Entry]]
    values: Callable[[Path, str], Iterator[Any]] | None = None
    count: Callable[[Path], int | None] = _unknown
    unit: str = "molecule"
    descriptors: bool = False
    waters: bool = False
    conformers: bool = False
    names: Callable[[Path], list[str]] | None = None
    atoms: Callable[[Path], Iterator[Entry]] | None = None

    def entries(
        self, path: Path, first: int = 0, waters: bool = False, max_seconds: float | None = None
    ) -> Iterator[Entry]:
        """The entries from number ``first`` on; ``waters`` and ``max_seconds`` mean nothing where a format has none."""
        options: dict[str, Any] = {"waters": waters} if self.waters else {}
        if self.conformers and max_seconds is not None:
            options["max_seconds"] = max_seconds
        return self.iterate(path, first, **options)

    def read(self, path: Path, waters: bool = False) -> list[MolFieldData]:
        """Every molecule of the file.

        Raises:
            ValueError: for the first that cannot be read, or when there is none.
        """
        molecules = []
        for entry in self.entries(path, waters=waters):
            if entry.data is None:
                raise ValueError(with_path(path, f"{self.unit} {entry.number}", entry.problem))
            molecules.append(entry.data)
        if not molecules:
            raise ValueError(f"{path} holds no molecule; it is empty or truncated.")
        return molecules


#: suffix → format; :func:`register_format` adds to it
FORMATS: dict[str, MoleculeFormat] = {}


def register_format(added: MoleculeFormat) -> MoleculeFormat:
    """Register a file format, so that every reader and every command of the package knows it.

    Args:
        added: the suffixes of the format and the functions that read it.

    Returns:
        the same format.

    Raises:
        ValueError: for a suffix without a dot or in capitals, or one that another format has.
    """
    for suffix in added.suffixes:
        if not suffix.startswith(".") or suffix != suffix.lower():
            raise ValueError(f"the suffix {suffix!r} must begin with a dot and be in lower case.")
        if suffix in FORMATS:
            raise ValueError(f"the suffix {suffix!r} belongs to another format; choose another one.")
    FORMATS.update(dict.fromkeys(added.suffixes, added))
    return added


def has_format(path: str | Path) -> bool:
    """Whether the suffix is one of a molecule file."""
    return Path(path).suffix.lower() in FORMATS


def find_format(path: str | Path) -> MoleculeFormat:
    """The format of a file that is there.

    Raises:
        ValueError: for another suffix.
        FileNotFoundError, IsADirectoryError: when there is no such file.
    """
    path = Path(path)
    found = FORMATS.get(path.suffix.lower())
    if found is None:
        raise ValueError(f"{path} has the ending {path.suffix!r}; supported are {', '.join(sorted(FORMATS))}.")
    require_file(path)
    return found


def convert(number: int, name: str, make: Callable[[], MolFieldData]) -> Entry:
    """The entry of what ``make`` returns, or of the sentence of its ``ValueError``."""
    try:
        return Entry(number, name, make())
    except ValueError as error:
        return Entry(number, name, None, str(error))
