"""``molfield view``: molecules, surfaces, densities and trajectories as a page to look at."""

from __future__ import annotations

import shlex
import sys
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from torch_molfield.cli.data_help import SUFFIXES
from torch_molfield.cli.device import Device
from torch_molfield.cli.keep_water import KeepWater
from torch_molfield.cli.learned_density import Charge
from torch_molfield.cli.library_run import MaxSeconds
from torch_molfield.cli.output import Overwrite, output_file

#: frames or molecules that are shown at most, unless more are asked for; more than the last make pages slow
SHOWN, MOST_SHOWN = 100, 1000


class Surface(str, Enum):
    """What is drawn around the atoms."""

    vdw = "vdw"
    sas = "sas"
    ses = "ses"
    isodensity = "isodensity"
    none = "none"


def view(
    what: Annotated[
        list[str],
        typer.Argument(
            help=f"SMILES such as CCO, {SUFFIXES} files, .cube files, .surfaces files, folders of molfield md. Two are "
            "shown side by side.",
            show_default=False,
        ),
    ],
    surface: Annotated[
        list[Surface] | None,
        typer.Option(
            help="Surfaces to choose from in the page, the first is shown at first. By default isodensity, vdw and ses "
            "of single molecules, vdw of many and of trajectories.",
            show_default=False,
        ),
    ] = None,
    model: Annotated[
        list[str] | None,
        typer.Option(
            help="A model whose learned surface is drawn beside the exact one, such as md-surfaces, or of electron "
            "densities in place of organic-density: a folder or a name.",
            show_default=False,
        ),
    ] = None,
    charge: Charge = None,
    level: Annotated[
        float | None,
        typer.Option(help="For .cube files, the value on the surface that is shown first.", show_default=False),
    ] = None,
    num_frames: Annotated[
        int,
        typer.Option(
            help="Largest number of frames of a trajectory, evenly spaced, or of molecules of a file.",
            min=1,
            max=MOST_SHOWN,
        ),
    ] = SHOWN,
    spacing: Annotated[
        float | None,
        typer.Option(
            help="Spacing of the surfaces' grid in Å; by default 0.25, coarser for large or many molecules.",
            min=0.05,
            max=1.0,
            show_default=False,
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="Where to write: a .html file.")] = Path("view.html"),
    overwrite: Overwrite = False,
    max_seconds: MaxSeconds = 60.0,
    open_page: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
    keep_water: KeepWater = False,
    device: Device = "cpu",
) -> None:
    """Write a page that shows molecules in space, in one file that needs no network.

    It shows atoms, surfaces coloured by the electrostatic potential, curvature or error, level surfaces of densities,
    and trajectories with plots. Clicking on atoms measures distances; pictures can be saved as PNG.
    """
    output_file(out, (".html",), overwrite)
    from torch_molfield.cli.view_sources import Wishes, shown_argument
    from torch_molfield.viz.viewer import Opened, View
    from torch_molfield.viz.viewer.molecules import comparable

    kinds = None if surface is None else [kind.value for kind in surface if kind is not Surface.none]
    wishes = Wishes(kinds, model or (), charge, level, num_frames, spacing, keep_water, device, max_seconds)
    groups = [shown_argument(argument, wishes, len(what)) for argument in what]
    molecules = comparable([molecule for group in groups for molecule in group])
    opened = [Opened(0, 0)]
    if len(groups) == 2:
        opened.append(Opened(len(groups[0]), 0))
    elif wishes.learned is not None and len(groups) == 1:
        opened.append(Opened(0, [surface.paint for surface in molecules[0].surfaces].index("error")))
    title = ", ".join(_title(argument) for argument in what[:3]) + (" …" if len(what) > 3 else "")
    page = View(title, molecules, opened, footer=shlex.join(["molfield", *sys.argv[1:]]))
    page.save(out)
    typer.echo(f"wrote   {out} ({out.stat().st_size / 1e6:.1f} MB); open it in a browser")
    if open_page:
        typer.launch(str(out))


def _title(argument: str) -> str:
    return Path(argument).name if Path(argument).exists() else argument
