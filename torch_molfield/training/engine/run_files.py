"""The settings of a training, kept in its folder."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lightning.pytorch.utilities import rank_zero_only

from torch_molfield.data.io.atomic import atomic_file
from torch_molfield.models.run_folder import SETTINGS, StoredSettings, read_settings, write_settings


@rank_zero_only
def remember(task: Any, directory: Path, resumed: bool, origin: Mapping[str, str] | None = None) -> None:
    """Write ``settings.json``: ``{"format": 2, "task": NAME, "settings": {…}}``; a resume with other settings, a later
    end aside, would not give the same.

    ``origin`` are fingerprints, by name, of what else must be the same, kept in ``origin.json``.

    Raises:
        ValueError: for a resume with other settings, or with another origin; what differs is named.
    """
    directory.mkdir(parents=True, exist_ok=True)
    settings = json.loads(json.dumps(dataclasses.asdict(task.settings)))
    before = read_settings(directory) if resumed else None
    if before is not None:
        _require_same_task(before, task.task, directory)
        # A setting that did not exist when the training began had what is its default now.
        defaults = json.loads(json.dumps(dataclasses.asdict(type(task.settings)())))
        _require_same_but_longer(defaults | before.settings, settings, directory / SETTINGS)
    began = directory / "origin.json"
    if resumed and began.is_file():  # folders of before there were fingerprints have none
        _require_same_origin(json.loads(began.read_text(encoding="utf-8")), dict(origin or {}), directory)
    write_settings(directory, task.task, settings)
    with atomic_file(began) as partial:
        partial.write_text(json.dumps(dict(origin or {}), indent=2) + "\n", encoding="utf-8")


def _require_same_task(before: StoredSettings, task: str, directory: Path) -> None:
    # Before format 2 the task was not stored, and what is derived from the settings is no reason to refuse.
    if before.format > 1 and before.task != task:
        raise ValueError(f"{directory / SETTINGS} is of the task {before.task!r}, not {task!r}; use a new folder.")


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
