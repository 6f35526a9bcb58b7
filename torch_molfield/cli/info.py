"""``molfield info``: what is installed, and what is in a file."""

from __future__ import annotations

import platform
from collections import Counter
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Annotated

import typer

from torch_molfield import __version__
from torch_molfield.cli.keep_water import KeepWater

if TYPE_CHECKING:
    from torch_molfield.data import MolFieldData

PACKAGES = ("torch", "torch-geometric", "e3nn", "lightning", "rdkit", "ase", "numpy", "scipy", "torch-scatter")


def info(
    molecule: Annotated[
        str | None, typer.Argument(help="A .xyz, .extxyz, .sdf, .pdb or .traj file, or a SMILES.")
    ] = None,
    keep_water: KeepWater = False,
) -> None:
    """Describe a molecule or trajectory; without one, this installation with its data and models."""
    rows = _installation() if molecule is None else _molecules(molecule, keep_water)
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
