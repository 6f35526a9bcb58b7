"""The settings of a training, kept in its folder."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lightning.pytorch.utilities import rank_zero_only

from torch_molfield.data.whole_file import whole_file

#: of ``settings.json``
FORMAT = 2


@rank_zero_only
def remember(task: Any, directory: Path, resumed: bool, origin: Mapping[str, str] | None = None) -> None:
    """Write ``settings.json``: ``{"format": 2, "task": NAME, "settings": {…}}``; a resume with other settings, a later
    end aside, would not give the same.

    ``origin`` are fingerprints, by name, of what else must be the same, kept in ``origin.json``.

    Raises:
        ValueError: for a resume with other settings, or with another origin; what differs is named.
    """
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "settings.json"
    settings = dataclasses.asdict(task.settings)
    text = json.dumps({"format": FORMAT, "task": task.task, "settings": settings}, indent=2) + "\n"
    if resumed and path.is_file():
        before = json.loads(path.read_text(encoding="utf-8"))
        if before.get("task", task.task) != task.task:
            raise ValueError(f"{path} is of the task {before['task']!r}, not {task.task!r}; use a new folder.")
        # Folders of before hold the settings alone. One that did not exist then had what is its default now.
        defaults = json.loads(json.dumps(dataclasses.asdict(type(task.settings)())))
        _require_same_but_longer(defaults | before.get("settings", before), json.loads(text)["settings"], path)
    began = directory / "origin.json"
    if resumed and began.is_file():  # one of before there were fingerprints has none
        _require_same_origin(json.loads(began.read_text(encoding="utf-8")), dict(origin or {}), directory)
    for file, content in ((path, text), (began, json.dumps(dict(origin or {}), indent=2) + "\n")):
        with whole_file(file) as partial:
            partial.write_text(content, encoding="utf-8")


def _require_same_origin(before: dict[str, str], now: dict[str, str], directory: Path) -> None:
    others = sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))
    if others:
        raise ValueError(
            f"{directory} holds a training that was begun with other {' and '.join(others)}; resume with the same, or "
            "use a new folder."
        )


def _require_same_but_longer(before: dict[str, Any], now: dict[str, Any], path: Path) -> None:
    for name in ("max_steps", "max_minutes"):
        if before.get(name) is not None and now[name] is not None and now[name] > before[name]:
            before = before | {name: now[name]}
    if before != now:
        raise ValueError(
            f"{path} holds other settings than this command; resume with the same, with a larger max_steps or "
            "max_minutes at most, or use a new folder."
        )
