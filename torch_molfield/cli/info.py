"""``molfield info``: what is installed, and what is in a file or a model."""

from __future__ import annotations

import os
import platform
from collections import Counter
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from torch_molfield import __version__
from torch_molfield.cli.data_help import MOLECULE_HELP
from torch_molfield.cli.keep_water import KeepWater

if TYPE_CHECKING:
    from torch_molfield.data import MolFieldData
    from torch_molfield.data.properties import Output

PACKAGES = ("torch", "torch-geometric", "e3nn", "lightning", "rdkit", "ase", "numpy", "scipy", "torch-scatter")


def info(
    subject: Annotated[
        str | None,
        typer.Argument(help=f"{MOLECULE_HELP} Or a model: its folder, or a shipped name."),
    ] = None,
    keep_water: KeepWater = False,
) -> None:
    """Describe a molecule, a trajectory or a model; without one, this installation with its data and models."""
    if subject is None:
        rows = _installation()
    else:
        rows = _model(subject) if _is_model(subject) else _molecules(subject, keep_water)
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        typer.echo(f"{name:<{width}}  {value}")


def _installation() -> list[tuple[str, str]]:
    import torch

    from torch_molfield.data.datasets.bundled import BUNDLED_NAMES
    from torch_molfield.models.pretrained import list_pretrained

    devices = ["cpu", *(torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count()))]
    return [
        ("torch_molfield", __version__),
        ("python", platform.python_version()),
        *((name, _version(name)) for name in PACKAGES),
        ("devices", ", ".join(devices)),
        ("threads", str(torch.get_num_threads())),
        ("bundled molecules", ", ".join(BUNDLED_NAMES)),
        ("shipped models", ", ".join(list_pretrained()) or "none"),
    ]


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


def _model(name: str) -> list[tuple[str, str]]:
    import torch

    from torch_molfield.data.elements import symbols
    from torch_molfield.models.load import INFO, load_model
    from torch_molfield.models.run_folder import read_run

    run, model = read_run(name), load_model(name)
    known = model.known_elements
    return [
        ("class", run.model),
        ("task", run.task or "not stored"),
        ("format of settings", "no settings.json" if run.format is None else str(run.format)),
        ("elements", "all" if known is None else ", ".join(symbols(torch.tensor(known)))),
        ("parameters", f"{sum(parameter.numel() for parameter in model.parameters())}"),
        *((f"gives per {per}", ", ".join(labels)) for per, labels in _labels(model.outputs).items()),
        ("commands", ", ".join((INFO, *model.commands))),
        *(("about" if k == 0 else "", line) for k, line in enumerate(_about(run.directory))),
    ]


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
    from torch_molfield.data import read_molecule_argument

    frames = read_molecule_argument(argument, waters=keep_water)
    first = frames[0]
    sizes = sorted({int(frame.z.shape[0]) for frame in frames})
    low, high = first.pos.amin(0), first.pos.amax(0)
    known = sorted(key for key in first.keys() if key not in ("z", "pos"))
    return [
        ("frames", str(len(frames))),
        ("formula", formula(first)),
        ("atoms", str(sizes[0]) if len(sizes) == 1 else f"{sizes[0]} to {sizes[-1]}"),
        ("extent", " × ".join(f"{float(length):.2f}" for length in high - low) + " Å"),
        ("also holds", ", ".join(known) or "nothing else"),
    ]


def formula(data: MolFieldData) -> str:
    """The sum formula in Hill order: C, H, then the others by name."""
    from torch_molfield.data.elements import symbols

    counts = Counter(symbols(data.z))
    first = [symbol for symbol in ("C", "H") if "C" in counts and symbol in counts]
    order = first + sorted(set(counts) - set(first))
    return "".join(symbol + (str(counts[symbol]) if counts[symbol] > 1 else "") for symbol in order)
