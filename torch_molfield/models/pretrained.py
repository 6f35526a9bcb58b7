"""Models on disk: a folder with config.json and model.safetensors; loading executes no code."""

from __future__ import annotations

import inspect
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import torch
from torch import Tensor, nn

from torch_molfield.data.io.atomic import atomic_file
from torch_molfield.data.properties import Output
from torch_molfield.data.registry import Registry
from torch_molfield.data.setting_types import argument_types, check_types
from torch_molfield.data.words import did_you_mean, with_article
from torch_molfield.functions.base import FieldFunction
from torch_molfield.nn.encodings.named import encoding_settings, put_encodings

FORMAT_VERSION = 2
CONFIG, WEIGHTS = "config.json", "model.safetensors"
SHIPPED = Path(__file__).resolve().parent.parent / "weights"
#: environment variable with a folder of further models, each a folder with its name
FOLDER_VARIABLE = "MOLFIELD_WEIGHTS"

Model = TypeVar("Model", bound=nn.Module)
Own = TypeVar("Own", bound="Pretrained")


class Pretrained(nn.Module):
    """Base of models that are stored as a folder of settings and weights.

    A subclass is registered in :data:`MODELS` under its name, unless it is made with ``abstract=True``. It declares in
    :attr:`commands` which commands of ``molfield`` take it; ``predict`` needs :meth:`check` and :meth:`predict`
    (:class:`~torch_molfield.models.predictor.Predictor`), ``surface`` needs :meth:`function_of`, ``encode`` an encoder
    in :data:`torch_molfield.encode.encoders.ENCODERS`.
    """

    #: the JSON-like arguments of the constructor
    config: dict[str, Any]
    #: commands of the shell that take such a model, beside ``info``, which takes all
    commands: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, abstract: bool = False, **settings: Any) -> None:
        super().__init_subclass__(**settings)
        if not abstract:
            MODELS.register(cls.__name__)(cls)

    @property
    def outputs(self) -> tuple[Output, ...]:
        """What the model predicts per molecule, per atom and per point of space."""
        return ()

    @property
    def known_elements(self) -> list[int] | None:
        """Atomic numbers that the model takes; ``None`` if it refuses none."""
        return self.config.get("elements")

    def function_of(self, z: Tensor, pos: Tensor) -> FieldFunction:
        """Return the model's function of space for one molecule.

        Args:
            z: ``[N]`` atomic numbers.
            pos: ``[N, 3]`` Å.

        Raises:
            ValueError: for a model that has no function of atoms alone.
        """
        raise ValueError(f"{type(self).__name__} gives no function of space from atoms alone.")

    def save_pretrained(self, directory: str | Path, half: bool = False) -> Path:
        """Write ``config.json`` and ``model.safetensors`` into ``directory``, made if missing; returns it.

        Args:
            directory: the folder.
            half: whether parameters are stored in half precision: half the space, rounded by up to 5e-4 of their size.

        Raises:
            OSError: if the files cannot be written.
        """
        return save_pretrained(self, self.config, directory, half)

    @classmethod
    def from_pretrained(cls: type[Own], name_or_directory: str | Path) -> Own:
        """Load a shipped model by name, or a folder written by :meth:`save_pretrained`; offline, in eval mode.

        Raises:
            FileNotFoundError: if there is neither a folder nor a shipped model of this name.
            ValueError: for another class or format, unknown settings, or weights that do not fit.
        """
        return load_pretrained(cls, name_or_directory)


#: models by the name of their class; those of other packages by entry points of this group
MODELS: Registry[type[Pretrained]] = Registry("model", "torch_molfield.models", Pretrained)


def save_pretrained(model: nn.Module, config: dict[str, Any], directory: str | Path, half: bool = False) -> Path:
    """Write settings and weights into ``directory``, parameters in half precision if ``half``; each file is written
    atomically."""
    from safetensors.torch import save

    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    content = {"model": type(model).__name__, "format": FORMAT_VERSION, "config": config}
    # Where swap_radial_basis has been at work, which no constructor knows of.
    encodings = encoding_settings(model)
    text = json.dumps(content | ({"encodings": encodings} if encodings else {}), indent=2)
    state = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
    if half:
        state |= {name: state[name].half() for name, _ in model.named_parameters()}
    with atomic_file(directory / CONFIG) as settings, atomic_file(directory / WEIGHTS) as weights:
        settings.write_text(text + "\n", encoding="utf-8")
        # Written here rather than by safetensors, whose files only their owner may read.
        weights.write_bytes(save(state))
    return directory


def load_pretrained(cls: type[Model], name_or_directory: str | Path) -> Model:
    """Build ``cls`` from a directory or a shipped name and load its weights.

    Raises:
        FileNotFoundError: neither a directory nor a shipped name.
        ValueError: another model, another format version, unknown settings, missing or misshapen weights.
    """
    directory = find_pretrained(name_or_directory)
    config = read_config(cls, directory / CONFIG)
    try:
        model = cls(**config)
        put_encodings(model, _content(cls, directory / CONFIG).get("encodings", {}))
    except (TypeError, ValueError, ZeroDivisionError) as error:
        raise ValueError(f"{directory / CONFIG} has a setting that makes no model ({error}); restore it.") from error
    _load_weights(model, directory / WEIGHTS)
    return model.eval()


def find_pretrained(name_or_directory: str | Path) -> Path:
    """Return the folder of a model: a path, a name in the folder given by ``MOLFIELD_WEIGHTS``, or a shipped name.

    Raises:
        FileNotFoundError: if there is no such model.
    """
    own = _own_folder()
    named = [folder / str(name_or_directory) for folder in (own, SHIPPED) if folder is not None]
    for directory in (Path(name_or_directory), *named):
        if (directory / CONFIG).is_file() and (directory / WEIGHTS).is_file():
            return directory
    shipped = ", ".join(_names_in(SHIPPED)) or "none"
    mine = "" if own is None else f" nor in {own} ({', '.join(_names_in(own)) or 'no model'})"
    raise FileNotFoundError(
        f"{name_or_directory} is neither a directory with {CONFIG} and {WEIGHTS} nor a shipped model ({shipped}){mine}"
        + did_you_mean(name_or_directory, list_pretrained())
    )


def list_pretrained() -> list[str]:
    """Return the names of the shipped models and of those in the folder given by ``MOLFIELD_WEIGHTS``."""
    own = _own_folder()
    return sorted({*_names_in(SHIPPED), *([] if own is None else _names_in(own))})


def _names_in(folder: Path) -> list[str]:
    return sorted(path.parent.name for path in folder.glob(f"*/{CONFIG}"))


def _own_folder() -> Path | None:
    """The folder of further models."""
    given = os.environ.get(FOLDER_VARIABLE)
    if not given:
        return None
    if not Path(given).is_dir():
        raise NotADirectoryError(f"{FOLDER_VARIABLE} is {given}, which is not a folder; correct or unset it.")
    return Path(given)


def read_config(cls: type[nn.Module], path: Path) -> dict[str, Any]:
    """The settings in ``path``, checked against the constructor of ``cls``."""
    content = _content(cls, path)
    if not isinstance(content["config"], dict):
        raise ValueError(f"{path}: 'config' is not a mapping; it was not written by save_pretrained.")
    check_keys(cls, content["config"], str(path))
    return content["config"]


def _content(cls: type[nn.Module], path: Path) -> dict[str, Any]:
    """What is in ``path``, made by this class and version."""
    content = _read_content(path)
    if content.get("model") != cls.__name__:
        found, wanted = with_article(str(content.get("model"))), with_article(cls.__name__)
        raise ValueError(f"{path} holds {found}, not {wanted}; load it with that class.")
    if content.get("format") != FORMAT_VERSION:
        raise ValueError(
            f"{path} has format {content.get('format')}, this version reads {FORMAT_VERSION}; save the model again."
        )
    return content


def read_model_name(path: Path) -> str:
    """The class whose settings are in ``path``."""
    return str(_read_content(path).get("model"))


def _read_content(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise ValueError(f"{path} is not JSON ({error}); restore it from where the model was saved.") from error
    if not isinstance(content, dict) or "config" not in content:
        raise ValueError(f"{path} has no 'config'; it was not written by save_pretrained.")
    return content


def check_keys(made_by: Callable[..., Any], config: Mapping[str, Any], where: str) -> None:
    """Refuse settings that a class or function does not take, or whose values are of another type or out of the range
    that its annotations state (:mod:`torch_molfield.data.setting_types`); functions are no settings."""
    known = set(inspect.signature(made_by).parameters) - {"frames"}
    unknown = sorted(set(config) - known)
    if unknown:
        raise ValueError(f"{where}: unknown configuration key {unknown[0]!r}; known are {', '.join(sorted(known))}.")
    check_types(config, argument_types(made_by), f"{where}: ")


def _load_weights(model: nn.Module, path: Path) -> None:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        state = load_file(path)
    except SafetensorError as error:
        raise ValueError(f"{path} is truncated or not a safetensors file ({error}); copy it again.") from error
    own = model.state_dict()
    missing, extra = sorted(set(own) - set(state)), sorted(set(state) - set(own))
    if missing or extra:
        name = (missing or extra)[0]
        word = "lacks" if missing else "has the unknown"
        raise ValueError(f"{path} {word} weight {name!r}; it belongs to another model or version.")
    for name, tensor in state.items():
        if tensor.shape != own[name].shape:
            raise ValueError(f"{path}: {name!r} has shape {tuple(tensor.shape)}, expected {tuple(own[name].shape)}.")
    # A model saved in float64 comes back in float64, and one in half precision, which saves space, in float32; a buffer
    # may be more exact than the parameters.
    name = next(name for name, _ in model.named_parameters())
    stored = state[name].dtype
    model.to(torch.float32 if stored.itemsize < 4 else stored).load_state_dict(state)
