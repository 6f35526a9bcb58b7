"""Options that several commands share, as the fields of a dataclass."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import fields
from typing import Any


def with_options(group: type) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A decorator: a command ``f(..., options)`` gets a signature, which typer reads, that holds the fields of the
    dataclass ``group`` one by one in place of ``options``."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        own = inspect.signature(command, eval_str=True).parameters.values()
        shared = inspect.signature(group, eval_str=True).parameters.values()
        names = [entry.name for entry in fields(group)]

        @functools.wraps(command)
        def run(**given: Any) -> None:
            options = group(**{name: given.pop(name) for name in names})
            command(**given, options=options)

        parameters = [p.replace(kind=p.KEYWORD_ONLY) for p in (*own, *shared) if p.name != "options"]
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {p.name: p.annotation for p in parameters}
        del run.__wrapped__  # type: ignore[attr-defined]
        return run

    return decorate
