"""The settings of a training, kept beside its checkpoints."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lightning.pytorch.utilities import rank_zero_only

from torch_molfield.data.whole_file import whole_file


@rank_zero_only
def remember(settings: Any, directory: Path, resumed: bool, origin: Mapping[str, str] | None = None) -> None:
    """Keep the settings beside the training; a resume with others, a later end aside, would not give the same.

    ``origin`` are fingerprints, by name, of what else must be the same, kept in ``origin.json``.

    Raises:
        ValueError: for a resume with other settings, or with another origin; what differs is named.
    """
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "settings.json"
    text = json.dumps(dataclasses.asdict(settings), indent=2) + "\n"
    if resumed and path.is_file():
        # A setting that did not exist when the training began had what is its default now.
        defaults = json.loads(json.dumps(dataclasses.asdict(type(settings)())))
        _require_same_but_longer(defaults | json.loads(path.read_text()), json.loads(text), path)
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
