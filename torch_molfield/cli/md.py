"""``molfield md``: molecular dynamics with a learned force field, and the surface along it."""

from __future__ import annotations

import csv
import shlex
import sys
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer
from rich.console import Console
from rich.progress import Progress

from torch_molfield.cli.output import output_folder
from torch_molfield.cli.surface import chosen_frame

if TYPE_CHECKING:
    from ase import Atoms

    from torch_molfield.calculators import SurfaceFile
    from torch_molfield.calculators.dynamics import Moment

#: frames that a page shows at most; more make it slow
SHOWN = 200


class Ensemble(str, Enum):
    """What is kept constant: energy, or temperature by Langevin's friction and noise."""

    nve = "nve"
    langevin = "langevin"


class Drawn(str, Enum):
    """The surfaces of a calculator."""

    vdw = "vdw"
    sas = "sas"
    ses = "ses"
    learned = "learned"


def md(
    molecule: Annotated[str, typer.Argument(help="A .xyz, .extxyz, .sdf, .pdb or .traj file, or a SMILES.")],
    model: Annotated[
        list[str], typer.Option(help="A folder that training wrote, or a shipped name; several make a committee.")
    ],
    out: Annotated[Path, typer.Option(help="Folder for trajectory, log, surfaces and page.")] = Path("md"),
    ensemble: Annotated[Ensemble, typer.Option(help="Constant energy, or Langevin dynamics.")] = Ensemble.nve,
    steps: Annotated[int, typer.Option(help="Number of steps.", min=1)] = 1000,
    timestep: Annotated[float, typer.Option(help="fs.", min=1e-3)] = 0.5,
    temperature: Annotated[
        float, typer.Option(help="K, of the first velocities and of Langevin dynamics.", min=0.0)
    ] = 300.0,
    friction: Annotated[float, typer.Option(help="1/fs, of Langevin dynamics.", min=0.0)] = 0.01,
    every: Annotated[int, typer.Option(help="Steps from one record to the next.", min=1)] = 10,
    surface: Annotated[
        Drawn | None, typer.Option(help="Record this surface too, and write a page that shows it.")
    ] = None,
    field: Annotated[str | None, typer.Option(help="Model of the learned surface: a folder or a shipped name.")] = None,
    spacing: Annotated[float, typer.Option(help="Spacing of the surface's grid in Å.", min=0.01)] = 0.3,
    frame: Annotated[int, typer.Option(help="Which molecule or frame of the file, from 0.")] = 0,
    seed: Annotated[int, typer.Option(help="Of velocities and noise.")] = 0,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    compiled: Annotated[
        bool, typer.Option("--compile", help="Compile the forces: a minute at first, then several times as fast.")
    ] = False,
) -> None:
    """Run molecular dynamics, and record the surface of the molecule along it.

    Writes trajectory.extxyz, log.csv and, with --surface, surface.surfaces and motion.html.
    """
    if (surface is Drawn.learned) != (field is not None):
        raise ValueError("--surface learned and --field go together: the field is the model of the learned surface.")
    output_folder(out)
    from torch_molfield.calculators import MolFieldCalculator, SurfaceRecorder
    from torch_molfield.calculators.dynamics import make_dynamics, run_dynamics, start_velocities

    atoms = _atoms(molecule, frame)
    atoms.calc = MolFieldCalculator.from_pretrained(model, field=field, device=device, compile=compiled)
    atoms.get_potential_energy()  # what is wrong with the molecule is told before anything is written
    start_velocities(atoms, temperature, seed)
    dyn = make_dynamics(atoms, ensemble.value, timestep, temperature, friction, seed)
    recorder = (
        None if surface is None else SurfaceRecorder(dyn, atoms, out / "surface.surfaces", surface.value, spacing)
    )
    moments: list[Moment] = []
    with Progress(console=Console(stderr=True)) as bar, (out / "log.csv").open("w", newline="") as log:
        line = bar.add_task("Dynamics", total=steps)

        def note(now: Moment) -> None:
            moments.append(now)
            _write(log, now)
            _append(out / "trajectory.extxyz", atoms, first=now.step == 0)
            if recorder is not None:
                recorder()
            bar.update(line, completed=now.step)

        run_dynamics(dyn, steps, every, note)
    typer.echo(_summary(moments, len(atoms)))
    if recorder is not None:
        _write_page(out / "motion.html", Path(molecule).stem, recorder.file, moments)
        typer.echo(f"wrote   {out / 'motion.html'}")
    typer.echo(f"wrote   {out / 'trajectory.extxyz'}")


def _atoms(molecule: str, frame: int) -> Atoms:
    from ase import Atoms

    data = chosen_frame(molecule, frame)
    return Atoms(data.z.numpy(), data.pos.double().numpy())


def _write(log: TextIO, now: Moment) -> None:
    """A line of the log, there for others to read at once."""
    writer = csv.writer(log)
    if now.step == 0:
        writer.writerow(["step", "time_fs", "potential_eV", "kinetic_eV", "total_eV", "temperature_K"])
    figures = (now.time, now.potential, now.kinetic, now.total, now.temperature)
    writer.writerow([now.step, *(f"{value:.6f}" for value in figures)])
    log.flush()


def _append(path: Path, atoms: Atoms, first: bool) -> None:
    from ase.io import write

    write(path, atoms, format="extxyz", append=not first)


def _summary(moments: list[Moment], atoms: int) -> str:
    last = moments[-1]
    mean = sum(now.temperature for now in moments) / len(moments)
    drift = 1000 * (last.total - moments[0].total) / atoms
    return (
        f"{last.time:.1f} fs, mean temperature {mean:.0f} K, total energy {drift:+.3f} meV/atom from first to last step"
    )


def _write_page(path: Path, name: str, file: SurfaceFile, moments: list[Moment]) -> None:
    import numpy as np

    from torch_molfield.viz import Motion, write_motion

    table = file.table()
    records = list(file)[:: max(1, -(-len(table["step"]) // SHOWN))]
    times = np.array([now.time for now in moments])
    columns = {
        "area, Å²": (table["time"], table["area"]),
        "volume, Å³": (table["time"], table["volume"]),
        "potential energy, eV": (times, np.array([now.potential - moments[0].potential for now in moments])),
        "temperature, K": (times, np.array([now.temperature for now in moments])),
    }
    motion = Motion(
        name,
        np.array(file.numbers),
        f"{file.kind} surface",
        [record.positions for record in records],
        [record.mesh for record in records],
        np.array([record.time for record in records]),
        columns=columns,
    )
    write_motion(path, motion, shlex.join(["molfield", *sys.argv[1:]]))
