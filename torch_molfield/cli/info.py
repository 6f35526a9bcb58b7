"""``molfield info``: what is installed, and what is in a file or a model."""

from __future__ import annotations

import json
import os
import platform
from collections import Counter
from collections.abc import Sequence
from ctypes.util import find_library
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import torch_molfield
from torch_molfield import __version__
from torch_molfield.cli.data_help import MOLECULE_HELP
from torch_molfield.cli.keep_water import KeepWater

if TYPE_CHECKING:
    from torch_molfield.data import MolFieldData
    from torch_molfield.data.properties import Output

PACKAGES = ("torch", "torch-geometric", "e3nn", "lightning", "rdkit", "ase", "numpy", "scipy", "torch-scatter")
#: there with the drivers of NVIDIA's and AMD's GPUs
DRIVERS = ("/proc/driver/nvidia/version", "/dev/nvidiactl", "/dev/dxg", "/dev/kfd")
#: formulas of a file that are shown
SHOWN = 5
#: what a fit writes beside its model, or before it
FIT_FIGURES, FIT_CHECKPOINT = ("fit.json", "interpolation.json"), "fit.ckpt"


def info(
    subject: Annotated[
        str | None,
        typer.Argument(help=f"{MOLECULE_HELP} Or a model: its folder, or a shipped name."),
    ] = None,
    keep_water: KeepWater = False,
) -> None:
    """Describe a file of molecules, a SMILES or a model; without an argument, this installation and its models."""
    if subject is None:
        rows = _installation()
    elif _is_model(subject):
        rows = _model(subject)
    else:
        try:
            rows = _molecules(subject, keep_water)
        except ValueError as error:
            raise _perhaps_a_model(subject) or error from error
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        typer.echo(f"{name:<{width}}  {value}")


def _installation() -> list[tuple[str, str]]:
    """Read off files and metadata: PyTorch, which takes a second to import, is asked only where there may be a GPU."""
    package = Path(torch_molfield.__file__).parent
    molecules = sorted(path.stem for path in (package / "data" / "bundled").glob("*.npz"))
    models = sorted(path.parent.name for path in (package / "weights").glob("*/config.json"))
    return [
        ("torch_molfield", __version__),
        ("python", platform.python_version()),
        *((name, _version(name)) for name in PACKAGES),
        ("devices", ", ".join(["cpu", *_gpus()])),
        ("processors", str(os.cpu_count())),
        ("bundled molecules", ", ".join(molecules)),
        ("shipped models", ", ".join(models) or "none"),
    ]


def _gpus() -> list[str]:
    """Names of the GPUs that PyTorch sees."""
    if not (any(map(os.path.exists, DRIVERS)) or (os.name == "nt" and find_library("nvcuda"))):
        return []
    import torch

    return [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _is_model(argument: str) -> bool:
    """Whether this is a shipped model or a folder; one that is named like a file of molecules is left to its reader."""
    from torch_molfield.data.io import has_format
    from torch_molfield.models.pretrained import list_pretrained

    return argument in list_pretrained() or (not has_format(argument) and os.path.isdir(argument))


def _perhaps_a_model(argument: str) -> ValueError | None:
    """The error for what is no file, where its name is similar to that of a model."""
    from torch_molfield.data.io import has_format
    from torch_molfield.data.words import did_you_mean
    from torch_molfield.models.pretrained import list_pretrained

    known = list_pretrained()
    meant = did_you_mean(argument, known)
    if has_format(argument) or os.path.exists(argument) or not meant.endswith("?"):
        return None
    return ValueError(f"{argument} is not a file, a SMILES or a shipped model ({', '.join(known)}){meant}")


def _model(name: str) -> list[tuple[str, str]]:
    import torch

    from torch_molfield.data.elements import symbols
    from torch_molfield.models.load import INFO, load_model
    from torch_molfield.models.pretrained import CONFIG
    from torch_molfield.models.run_folder import read_run

    if os.path.isfile(os.path.join(name, FIT_CHECKPOINT)) and not os.path.isfile(os.path.join(name, CONFIG)):
        raise ValueError(f"{name} holds an unfinished fit; run the command that started it again to continue it.")
    run, model = read_run(name), load_model(name)
    fit = _fit(run.directory) if run.format is None else ""
    made = (
        [("made by", fit)]
        if fit
        else [
            ("task", run.task or "not stored"),
            ("format of settings", "no settings.json" if run.format is None else str(run.format)),
        ]
    )
    known = model.known_elements
    return [
        ("class", run.model),
        *made,
        ("elements", "all" if known is None else ", ".join(symbols(torch.tensor(known)))),
        ("parameters", f"{sum(parameter.numel() for parameter in model.parameters())}"),
        *((f"gives per {per}", ", ".join(labels)) for per, labels in _labels(model.outputs).items()),
        ("commands", ", ".join((INFO, *model.commands))),
        *(("about" if k == 0 else "", line) for k, line in enumerate(_about(run.directory))),
    ]


def _fit(directory: Path) -> str:
    """What was fitted, where the folder is that of a fit."""
    path = next((directory / name for name in FIT_FIGURES if (directory / name).is_file()), None)
    if path is None:
        return ""
    found = json.loads(path.read_text(encoding="utf-8"))
    return f"a fit of {found.get('file', 'a molecule')}, {found.get('seconds', 0) / 60:.1f} minutes; see {path.name}"


def _labels(outputs: Sequence[Output]) -> dict[str, list[str]]:
    """What is given per molecule, atom and point."""
    found: dict[str, list[str]] = {}
    for output in outputs:
        found.setdefault(output.per, []).append(output.label)
    return found


def _about(directory: Path) -> list[str]:
    """The first paragraph of a README below its title."""
    path = directory / "README.md"
    if not path.is_file():
        return []
    paragraphs = path.read_text(encoding="utf-8", errors="replace").split("\n\n")
    return next((part.split("\n") for part in map(str.strip, paragraphs) if part and not part.startswith("#")), [])


def _molecules(argument: str, keep_water: bool) -> list[tuple[str, str]]:
    import torch

    from torch_molfield.data.electrons import stored_charge
    from torch_molfield.data.elements import symbols
    from torch_molfield.data.io import has_format
    from torch_molfield.data.io.formats import find_format
    from torch_molfield.data.io.read import read_molecule_argument

    frames = read_molecule_argument(argument, waters=keep_water)
    first = frames[0]
    formulas = list(dict.fromkeys(formula(frame) for frame in frames))
    sizes = [len(frame.z) for frame in frames]
    charges = [stored[0] for frame in frames if (stored := stored_charge(frame)) is not None]
    low, high = first.pos.amin(0), first.pos.amax(0)
    known = sorted(key for key in first.keys() if key not in ("z", "pos"))
    format_ = find_format(argument) if has_format(argument) else None
    names = format_.names(Path(argument)) if format_ is not None and format_.names is not None else []
    several = len(formulas) > 1
    return [
        (f"{format_.unit if format_ else 'molecule'}s", str(len(frames))),
        ("formulas" if several else "formula", _shortened(formulas)),
        ("elements", ", ".join(symbols(torch.unique(torch.cat([frame.z for frame in frames]))))),
        ("atoms", _range(sizes)),
        *([("charge", f"{_range(charges)} e")] if charges else []),
        ("extent", " × ".join(f"{float(length):.2f}" for length in high - low) + " Å" + several * ", of the first"),
        ("also holds", ", ".join(known) or "nothing else"),
        *([("properties", ", ".join(names))] if names else []),
    ]


def _range(values: Sequence[float]) -> str:
    low, high = min(values), max(values)
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def _shortened(formulas: Sequence[str]) -> str:
    """The first of them, and how many others there are."""
    from torch_molfield.data.words import counted

    others = len(formulas) - SHOWN
    return ", ".join(formulas[:SHOWN]) + (f", and {counted(others, 'other')}" if others > 0 else "")


def formula(data: MolFieldData) -> str:
    """The sum formula in Hill order: C, H, then the others by name."""
    from torch_molfield.data.elements import symbols

    counts = Counter(symbols(data.z))
    first = [symbol for symbol in ("C", "H") if "C" in counts and symbol in counts]
    order = first + sorted(set(counts) - set(first))
    return "".join(symbol + (str(counts[symbol]) if counts[symbol] > 1 else "") for symbol in order)
