"""Long sequences of tensors that are walked through more than once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Passes(Generic[Item]):
    """An iterable that makes its items anew at every pass, or keeps those of the first.

    Args:
        make: gives the items.
        keep: whether they are few enough to be kept.
    """

    def __init__(self, make: Callable[[], Iterable[Item]], keep: bool) -> None:
        self.make, self.keep = make, keep
        self.kept: list[Item] | None = None

    def __iter__(self) -> Iterator[Item]:
        if self.keep and self.kept is None:
            self.kept = list(self.make())
        return iter(self.make() if self.kept is None else self.kept)
