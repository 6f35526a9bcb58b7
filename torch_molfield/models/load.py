"""Loading a model of any class from its folder."""

from __future__ import annotations

from pathlib import Path

from torch_molfield.data.words import with_article
from torch_molfield.models.pretrained import CONFIG, MODELS, Pretrained, find_pretrained, read_model_name

#: the command that takes every model
INFO = "info"


def load_model(name_or_directory: str | Path, command: str = INFO) -> Pretrained:
    """Load a shipped model by name, or a model from a folder, of whatever class; offline, in eval mode.

    Args:
        name_or_directory: the shipped name or the folder.
        command: the command of ``molfield`` that the model is for.

    Raises:
        FileNotFoundError: if there is no such model.
        ValueError: for a folder of a class that is not registered, or a class that the command does not take.
    """
    return served_class(name_or_directory, command).from_pretrained(name_or_directory)


def served_class(name_or_directory: str | Path, command: str = INFO) -> type[Pretrained]:
    """Return the class of the model that :func:`load_model` would load, without its weights.

    Arguments and errors are the same. The class is looked up among the registered names; no module that a file names is
    imported.
    """
    directory = find_pretrained(name_or_directory)
    name = read_model_name(directory / CONFIG)
    cls = model_class(name, str(directory))
    served = (INFO, *cls.commands)
    if command not in served:
        several = f"commands {', '.join(served[:-1])} and {served[-1]}" if len(served) > 1 else f"command {INFO}"
        raise ValueError(f"{name_or_directory} is {with_article(name)}, which is for the {several}, not {command}.")
    return cls


def model_class(name: str, where: str = "the file") -> type[Pretrained]:
    """Return the registered class of that name.

    Raises:
        ValueError: for no such class; the message begins with ``where``.
    """
    if name not in MODELS:
        raise ValueError(
            f"{where} holds {with_article(name)}, which is none of {', '.join(MODELS)}; a class of another package "
            "is known once its module is imported (evaluate --task module:Class does), or by an entry point of "
            "torch_molfield.models."
        )
    return MODELS.get(name)
