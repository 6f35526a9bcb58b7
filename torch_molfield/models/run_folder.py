"""Run folders: a model, and the task and settings that it was trained with.

A folder holds ``config.json`` and ``model.safetensors`` (:mod:`torch_molfield.models.pretrained`) and, if a training
wrote it, ``settings.json`` (format 2: ``{"format": 2, "task": NAME, "settings": {...}}``), ``origin.json``,
``checkpoints/`` and ``log/``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from torch_molfield.data.io.atomic import atomic_file
from torch_molfield.models.pretrained import CONFIG, find_pretrained, read_model_name

SETTINGS = "settings.json"
#: of ``settings.json``; before it the file was the settings alone, which is called format 1 here
FORMAT = 2

#: class in config.json -> the only task that trained it before format 2
_TASK_OF_CLASS = {
    "EnergyMolField": "forces",
    "InterpolatedMolField": "interpolation",
    "MovingMolField": "motion",
    "PatchedMolField": "patches",
    "PropertyMolField": "property",
    "QuantumDeepField": "qdf",
}
#: setting that only one task had before format 2 -> the task
_TASK_OF_SETTING = {
    "surface": "surface",
    "density": "density",
    "queries": "property",
    "energy_weight": "forces",
    "potential_weight": "qdf",
    "moments": "motion",
    "modes": "interpolation",
}


class StoredSettings(NamedTuple):
    """``settings.json``: name of the task (``None`` if unknown), its settings, format of the file."""

    task: str | None
    settings: dict[str, Any]
    format: int


@dataclass(frozen=True)
class Run:
    """A model in its folder.

    Attributes:
        directory: the folder.
        model: name of the model's class.
        task: name of the task that trained it, or ``"module:Class"``; ``None`` where none is stored.
        settings: of that task; empty where none are stored.
        format: of ``settings.json``; ``None`` where there is no such file.
    """

    directory: Path
    model: str
    task: str | None
    settings: dict[str, Any]
    format: int | None


def read_run(name_or_directory: str | Path) -> Run:
    """The run of a shipped model or of a folder; the weights are not read.

    Raises:
        FileNotFoundError: for no such model.
        ValueError: for a file that is damaged, or of a later format.
    """
    directory = find_pretrained(name_or_directory)
    model = read_model_name(directory / CONFIG)
    stored = read_settings(directory, model)
    if stored is None:
        return Run(directory, model, None, {}, None)
    return Run(directory, model, stored.task, stored.settings, stored.format)


def read_settings(directory: str | Path, model: str = "") -> StoredSettings | None:
    """``settings.json`` of a folder, which need not hold a model yet; ``None`` where there is no such file.

    Args:
        directory: the folder.
        model: name of the model's class where it is known; only files before format 2 need it.

    Raises:
        ValueError: for a file that is damaged, or of a later format.
    """
    path = Path(directory) / SETTINGS
    if not path.is_file():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is not JSON ({error}); restore it from where the model was trained.") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path} holds no JSON object; restore it from where the model was trained.")
    if "format" not in content:
        return StoredSettings(_task_before_names(model, content), content, 1)
    if content["format"] != FORMAT:
        raise ValueError(f"{path} has format {content['format']}, this version reads {FORMAT}; update torch_molfield.")
    task, settings = content.get("task"), content.get("settings")
    if not (isinstance(task, str) and task and isinstance(settings, dict)):
        raise ValueError(f"{path} lacks its 'task' or 'settings'; restore it from where the model was trained.")
    return StoredSettings(task, settings, FORMAT)


def write_settings(directory: str | Path, task: str, settings: dict[str, Any]) -> Path:
    """Write ``settings.json`` into a folder, made if missing, atomically; returns its path."""
    path = Path(directory) / SETTINGS
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"format": FORMAT, "task": task, "settings": settings}, indent=2) + "\n"
    with atomic_file(path) as partial:
        partial.write_text(text, encoding="utf-8")
    return path


def _task_before_names(model: str, settings: dict[str, Any]) -> str | None:
    """The task of a folder written before format 2, which did not store it; the only place that derives it."""
    if model in _TASK_OF_CLASS:
        return _TASK_OF_CLASS[model]
    return next((task for name, task in _TASK_OF_SETTING.items() if name in settings), None)
