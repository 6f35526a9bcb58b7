"""Names of classes that users can choose, and that other packages can add to."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Generic, TypeVar

from torch_molfield.data.words import did_you_mean

Entry = TypeVar("Entry", bound=type)


class Registry(Generic[Entry]):
    """Classes by name.

    A class is added by ``@registry.register("name")``, by an entry point of the group ``group`` of an installed
    package, or without registration by ``"module:Class"`` where a name is expected. Entry points are read when they are
    first needed, and their modules are imported when their class is asked for. A registered name comes before an entry
    point of the same name.

    Args:
        kind: what the classes are, for messages: "field", "task".
        group: of the entry points, such as ``torch_molfield.fields``.
        base: what all classes derive from.
    """

    def __init__(self, kind: str, group: str, base: Entry) -> None:
        self.kind, self.group, self.base = kind, group, base
        self._classes: dict[str, Entry] = {}
        self._declared: dict[str, str] = {}

    def declare(self, name: str, address: str) -> None:
        """Add the class at ``"module:Class"`` under ``name``, for modules that are imported only when they are used."""
        self._declared[name] = address

    def register(self, name: str) -> Callable[[Entry], Entry]:
        """Decorator that adds a class under ``name``; a class that is defined again replaces itself.

        Raises:
            ValueError: for a name that another class has, that is empty, or that has a colon.
            TypeError: for a class that does not derive from ``base``.
        """
        if not name or ":" in name:
            raise ValueError(f"{name!r} is not a name of a {self.kind}; choose one without a colon.")

        def add(cls: Entry) -> Entry:
            known = self._classes.get(name)
            if known is not None and _address(known) != _address(cls):
                raise ValueError(
                    f"the {self.kind} {name!r} is {_address(known)} already; choose another name for {_address(cls)}."
                )
            if not self._fits(cls):
                raise TypeError(f"{cls!r} cannot be a {self.kind}; derive it from {_address(self.base)}.")
            self._classes[name] = cls
            return cls

        return add

    def get(self, name: str) -> Entry:
        """The class of a name or of ``"module:Class"``.

        Raises:
            ValueError: for an unknown name, a module or class that cannot be imported, or one of another kind.
        """
        if name in self._classes:
            return self._classes[name]
        point = EntryPoint(name, name, self.group) if ":" in name else self._points().get(name)
        if point is None:
            known = ", ".join(self.names())
            raise ValueError(
                f"{self.kind} {name!r} is unknown; choose one of {known}, or give a class as module:Class"
                + did_you_mean(name, self.names())
            )
        cls = _loaded(self.kind, point)
        if not self._fits(cls):
            raise ValueError(f"{point.value} is no {self.kind}; it must derive from {_address(self.base)}.")
        return cls

    def names(self) -> tuple[str, ...]:
        """All names: the registered ones and the declared ones in their order, then those of installed packages."""
        return tuple(dict.fromkeys([*self._classes, *self._points()]))

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def __contains__(self, name: object) -> bool:
        return name in self.names()

    def _points(self) -> dict[str, EntryPoint]:
        """Of the declared classes, then of the installed ones; a declared name comes before an installed one."""
        declared = {name: EntryPoint(name, address, self.group) for name, address in self._declared.items()}
        installed = {
            point.name: point for point in sorted(entry_points(group=self.group), key=lambda point: point.name)
        }
        return {**declared, **installed, **declared}

    def _fits(self, cls: object) -> bool:
        return isinstance(cls, type) and issubclass(cls, self.base)


def load_address(kind: str, address: str) -> Any:
    """What stands at ``"module:Class"``, for things of a ``kind`` that have no registry.

    Raises:
        ValueError: for what cannot be imported, with the reason.
    """
    if ":" not in address:
        raise ValueError(f"{kind} {address!r} is unknown; give a class as module:Class.")
    return _loaded(kind, EntryPoint(address, address, ""))


def _loaded(kind: str, point: EntryPoint) -> Any:
    try:
        return point.load()
    except Exception as error:  # whatever a module raises when it is imported
        raise ValueError(f"{kind} {point.name!r} cannot be imported from {point.value!r}: {_fault(error)}.") from error


def _fault(error: Exception) -> str:
    """What was wrong, and where in the module or what it imports; without a place where the module was not found."""
    if isinstance(error, SyntaxError):
        return f"{type(error).__name__}: {error.msg} ({error.filename}, line {error.lineno})"
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "importlib" not in frame.filename]
    if len(frames) < 2:  # that of _loaded
        return str(error)
    return f"{type(error).__name__}: {error} ({frames[-1].filename}, line {frames[-1].lineno})"


def _address(cls: type) -> str:
    return f"{cls.__module__}:{cls.__qualname__}"
