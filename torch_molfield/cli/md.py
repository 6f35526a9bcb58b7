"""``molfield md``: molecular dynamics of any molecule, and its surface along it."""

from __future__ import annotations

import csv
from enum import Enum
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer
from rich.console import Console
from rich.progress import Progress

from torch_molfield.cli.data_help import MOLECULE_HELP
from torch_molfield.cli.device import Device
from torch_molfield.cli.keep_water import KeepWater
from torch_molfield.cli.learned_density import SHIPPED, density_in_motion
from torch_molfield.cli.md_forces import CalculatorName, set_calculator
from torch_molfield.cli.md_page import write_run_page
from torch_molfield.cli.md_start import begin, starting_atoms
from torch_molfield.cli.output import output_folder, require_unoccupied
from torch_molfield.cli.seed import seed_option

if TYPE_CHECKING:
    from ase import Atoms

    from torch_molfield.calculators.dynamics import Moment

LOG, TRAJECTORY, SURFACES, PAGE = "log.csv", "trajectory.extxyz", "surface.surfaces", "motion.html"
#: what a run writes; not all of it is written by every run
FILES = (LOG, TRAJECTORY, SURFACES, PAGE)


class Ensemble(str, Enum):
    """What is kept constant: energy, or temperature by Langevin's friction and noise."""

    nve = "nve"
    langevin = "langevin"


class Painted(str, Enum):
    """What surfaces are painted with."""

    potential = "potential"


class Drawn(str, Enum):
    """The surfaces of a calculator."""

    vdw = "vdw"
    sas = "sas"
    ses = "ses"
    learned = "learned"
    field = "field"


def md(
    molecule: Annotated[str, typer.Argument(help=MOLECULE_HELP)],
    model: Annotated[
        list[str] | None,
        typer.Option(
            help="Force field: a folder that training wrote, or a shipped name such as md-forces. Several are "
            "averaged. By default a shipped one that was trained on this molecule, else GFN2-xTB.",
            show_default=False,
        ),
    ] = None,
    calculator: CalculatorName = None,
    out: Annotated[Path, typer.Option(help="Folder for trajectory, log, surfaces and page.")] = Path("md"),
    ensemble: Annotated[Ensemble, typer.Option(help="Constant energy, or Langevin dynamics.")] = Ensemble.nve,
    steps: Annotated[int, typer.Option(help="Number of time steps.", min=1)] = 1000,
    timestep: Annotated[float, typer.Option(help="Time step in fs.", min=1e-3)] = 0.5,
    temperature: Annotated[
        float | None,
        typer.Option(
            help="Temperature in K of initial velocities and of Langevin dynamics; by default 300, with momenta of a "
            "file kept.",
            min=0.0,
            show_default=False,
        ),
    ] = None,
    friction: Annotated[float, typer.Option(help="Friction of Langevin dynamics, 1/fs.", min=0.0)] = 0.01,
    every: Annotated[int, typer.Option(help="Number of time steps between recorded frames.", min=1)] = 10,
    surface: Annotated[
        Drawn | None, typer.Option(help="Record this surface too, and write a page that shows it.")
    ] = None,
    field: Annotated[
        str | None,
        typer.Option(
            help="Of --surface learned the model, a folder or a shipped name; of --surface field a model or a field, "
            "such as promolecular or charge_potential.",
            show_default=False,
        ),
    ] = None,
    level: Annotated[
        float | None,
        typer.Option(help="Value of the field on its surface, in its units.", show_default=False),
    ] = None,
    channel: Annotated[
        str | None, typer.Option(help="Channel of the field, if there are several.", show_default=False)
    ] = None,
    spacing: Annotated[float, typer.Option(help="Spacing of the surface's grid in Å.", min=0.01)] = 0.3,
    paint: Annotated[
        Painted | None,
        typer.Option(
            help="Colour the surface on the page by the electrostatic potential that organic-density predicts."
        ),
    ] = None,
    frame: Annotated[int, typer.Option(help="Which molecule or frame of the file, from 0; -1 is the last.")] = 0,
    keep_water: KeepWater = False,
    seed: Annotated[int, seed_option("velocities and noise")] = 0,
    device: Device = "cpu",
    compiled: Annotated[
        bool,
        typer.Option(
            "--compile", help="Compile the forces: this takes a minute, then steps are several times as fast."
        ),
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an earlier run in the folder, whose files are lost.")
    ] = False,
) -> None:
    """Run molecular dynamics with a learned force field, GFN2-xTB or another calculator, and record the surface of the
    molecule along it.

    Writes trajectory.extxyz, log.csv and, with --surface, surface.surfaces and motion.html, also if Ctrl-C ends the
    run. Charge and spin are those of the SMILES or file. To continue a run, start another from its trajectory.extxyz
    with --frame -1.
    """
    if (surface in (Drawn.learned, Drawn.field)) != (field is not None):
        raise ValueError("--surface learned or field and --field go together; give both, or neither.")
    if surface is not Drawn.field and (level is not None or channel is not None):
        raise ValueError("--level and --channel belong to --surface field.")
    if paint is not None and surface is None:
        raise ValueError("--paint needs a surface; add --surface, such as --surface ses.")
    output_folder(out)
    if not overwrite:
        require_unoccupied(out, FILES, "an earlier run", ["replace it with --overwrite"])
    from torch_molfield.calculators import SurfaceRecorder
    from torch_molfield.calculators.dynamics import make_dynamics, run_dynamics

    atoms = starting_atoms(molecule, frame, keep_water)
    # Errors of the molecule come before anything is written.
    set_calculator(atoms, Path(molecule).name, model or (), calculator, field, device, compiled)
    density = None if paint is None else density_in_motion(atoms, SHIPPED)
    if begin(atoms, temperature, seed):
        typer.echo(f"begins with the momenta of {molecule}; --temperature draws others", err=True)
    bath = 300.0 if temperature is None else temperature
    dyn = make_dynamics(atoms, ensemble.value, timestep, bath, friction, seed)
    recorder = None
    if surface is not None:
        recorder = SurfaceRecorder(dyn, atoms, out / SURFACES, surface.value, spacing, level=level, channel=channel)
    _remove_earlier(out, keep=None if recorder is None else SURFACES)
    moments: list[Moment] = []
    stopped: BaseException | None = None
    with Progress(console=Console(stderr=True)) as bar, (out / LOG).open("w", newline="") as log:
        line = bar.add_task("Dynamics", total=steps)

        def note(now: Moment) -> None:
            if recorder is not None:
                recorder()
            _write(log, now)
            _append(out / TRAJECTORY, atoms, first=now.step == 0)
            moments.append(now)
            bar.update(line, completed=now.step)

        try:
            run_dynamics(dyn, steps, every, note)
        except (KeyboardInterrupt, ValueError) as reason:
            stopped = reason
    if moments:
        typer.echo(_summary(moments, len(atoms)))
        typer.echo(f"wrote   {out / TRAJECTORY}")
        if recorder is not None:
            write_run_page(out / PAGE, Path(molecule).stem, recorder.file, moments, density)
            typer.echo(f"wrote   {out / PAGE}")
    if stopped is not None:
        raise stopped


def _remove_earlier(out: Path, keep: str | None) -> None:
    """Remove what an earlier run wrote, but for a file of this one that has taken its place already."""
    for name in FILES:
        if name != keep:
            (out / name).unlink(missing_ok=True)


def _write(log: TextIO, now: Moment) -> None:
    """A line of the log, there for others to read at once."""
    writer = csv.writer(log)
    if now.step == 0:
        writer.writerow(["step", "time_fs", "potential_eV", "kinetic_eV", "total_eV", "temperature_K"])
    figures = (now.time, now.potential, now.kinetic, now.total, now.temperature)
    writer.writerow([now.step, *(f"{value:.6f}" for value in figures)])
    log.flush()


def _append(path: Path, atoms: Atoms, first: bool) -> None:
    """Add a frame in one piece, so that Ctrl-C leaves a file of whole frames."""
    from ase.io import write

    text = StringIO()
    write(text, atoms, format="extxyz")
    with path.open("w" if first else "a", encoding="utf-8") as file:
        file.write(text.getvalue())


def _summary(moments: list[Moment], atoms: int) -> str:
    last = moments[-1]
    mean = sum(now.temperature for now in moments) / len(moments)
    drift = 1000 * (last.total - moments[0].total) / atoms
    return (
        f"{last.time:.1f} fs, mean temperature {mean:.0f} K, total energy {drift:+.3f} meV/atom from first to last step"
    )
