"""What ``molfield view`` shows of each of its arguments."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console
from rich.progress import track

from torch_molfield.cli.learned_density import SHIPPED, charge_of
from torch_molfield.cli.view_run import SURFACES, TRAJECTORY, show_run
from torch_molfield.data.io import FORMATS, Entry, has_format, iterate_library, library_size, read_molecule_argument
from torch_molfield.data.words import counted
from torch_molfield.models.load import load_model, served_class
from torch_molfield.models.pretrained import find_pretrained
from torch_molfield.models.run_folder import read_settings
from torch_molfield.viz.viewer.cubes import show_cube
from torch_molfield.viz.viewer.molecules import Drawing, show_molecule, show_trajectory
from torch_molfield.viz.viewer.scene import ShownMolecule
from torch_molfield.viz.viewer.surfaces import LearnedSurface

if TYPE_CHECKING:
    from torch_molfield.data import MolFieldData

#: molecules, and atoms of one, whose density is drawn unasked
MOST_DENSITIES, MOST_ATOMS = 4, 100
#: Å: of few small molecules, of many or large ones, of those of more atoms than ``PROTEIN``
FINE, COARSE, COARSEST, PROTEIN = 0.25, 0.35, 0.6, 400
#: tags of an SD file that are told
MOST_TAGS = 16


@dataclass(frozen=True)
class Wishes:
    """The options of the command; ``surfaces`` is ``None`` where none was given."""

    surfaces: Sequence[str] | None
    models: Sequence[str]
    charge: int | None
    level: float | None
    num_frames: int
    spacing: float | None
    keep_water: bool
    device: str
    max_seconds: float

    @cached_property
    def learned(self) -> LearnedSurface | None:
        """The surface that a model has learned."""
        names = [name for name in self.models if "density" not in served_class(name, "surface").commands]
        if len(names) > 1:
            raise ValueError(f"--model: {names[0]} and {names[1]} are both models of surfaces; give one of them.")
        return _learned(names[0], self.device) if names else None

    @cached_property
    def density(self) -> str:
        """The name of the model of densities."""
        names = [name for name in self.models if "density" in served_class(name, "surface").commands]
        return names[0] if names else SHIPPED


def shown_argument(argument: str, wishes: Wishes, arguments: int) -> list[ShownMolecule]:
    """The molecules of one of so many arguments.

    Raises:
        ValueError, OSError: for what is none of the things that are shown.
    """
    path = Path(argument)
    suffix = path.suffix.lower()
    if suffix == ".cube":
        return [show_cube(path, wishes.level)]
    if wishes.level is not None:
        raise ValueError(f"--level is for .cube files, and {argument} is not one; omit it.")
    if path.is_dir() and not (path / SURFACES).is_file() and (path / TRAJECTORY).is_file():
        argument = str(path / TRAJECTORY)
    elif suffix == ".surfaces" or path.is_dir():
        return [show_run(path, wishes.num_frames)]
    entries, total = _entries(argument, wishes)
    found = _readable(entries, argument)
    if _is_trajectory(argument, found):
        return [_trajectory(argument, found, wishes)]
    if total > len(entries):
        first = "the first is" if len(entries) == 1 else f"the first {len(entries)} are"
        _tell(f"{argument} has {counted(total, 'molecule')}, {first} shown; see --num-frames")
    return _molecules(argument, found, wishes, max(len(found), arguments))


def _entries(argument: str, wishes: Wishes) -> tuple[list[Entry], int]:
    """The entries to look at, and how many there are: of a trajectory all, of a file of molecules the first."""
    if not has_format(argument):
        return [
            Entry(0, argument, data) for data in read_molecule_argument(argument, max_seconds=wishes.max_seconds)
        ], 1
    stream = iterate_library(argument, waters=wishes.keep_water, max_seconds=wishes.max_seconds)
    if _unit(argument) == "molecule":
        entries = list(islice(stream, wishes.num_frames))
        return entries, max(len(entries), library_size(argument) or 0)
    entries = list(stream)
    if len({None if entry.data is None else tuple(entry.data.z.tolist()) for entry in entries}) > 1:
        return entries[: wishes.num_frames], len(entries)
    return entries, len(entries)


def _unit(argument: str) -> str:
    return FORMATS[Path(argument).suffix.lower()].unit


def _readable(entries: Sequence[Entry], argument: str) -> list[tuple[Entry, MolFieldData]]:
    found = [(entry, entry.data) for entry in entries if entry.data is not None]
    for entry in entries:
        if entry.data is None:
            warnings.warn(f"{argument}: number {entry.number} is left out: {entry.problem}", stacklevel=2)
    if not found:
        raise ValueError(f"{argument} holds no molecule that can be read.")
    return found


def _is_trajectory(argument: str, found: Sequence[tuple[Entry, MolFieldData]]) -> bool:
    """Whether a file of frames or models holds the same atoms in each."""
    if len(found) < 2 or _unit(argument) == "molecule":
        return False
    return all(data.z.equal(found[0][1].z) for _, data in found)


def _trajectory(argument: str, found: Sequence[tuple[Entry, MolFieldData]], wishes: Wishes) -> ShownMolecule:
    every = -(-len(found) // wishes.num_frames)
    kept = found[::every]
    if every > 1:
        _tell(f"{argument} has {len(found)} frames, {len(kept)} evenly spaced ones are shown; see --num-frames")
    frames = [data.to(wishes.device) for _, data in kept]
    surfaces = wishes.surfaces
    if surfaces is None:
        surfaces = [_exact_kind(wishes) or "vdw"]
    drawing = Drawing(surfaces, wishes.spacing or _spacing(len(frames[0].z), COARSE), learned=wishes.learned)
    times = np.array([float(entry.number) for entry, _ in kept])
    with Console(stderr=True).status(f"Drawing {counted(len(frames), 'frame')}"):
        return show_trajectory(frames, drawing, Path(argument).stem, times, "")


def _molecules(
    argument: str, found: Sequence[tuple[Entry, MolFieldData]], wishes: Wishes, count: int
) -> list[ShownMolecule]:
    few = count <= MOST_DENSITIES
    tags = _tags(argument, found) if Path(argument).suffix.lower() == ".sdf" else [{} for _ in found]
    console = Console(stderr=True)
    rows = track(list(zip(found, tags, strict=True)), "Drawing", console=console, disable=not console.is_terminal)
    shown = []
    for (entry, data), told in rows:
        data = data.to(wishes.device)
        spacing = wishes.spacing or _spacing(len(data.z), FINE if few else COARSE)
        name = _name(argument, entry, len(found))
        facts = {**told, **({"SMILES": data.smiles} if "smiles" in data and data.smiles != name else {})}
        charge = charge_of(data, wishes.charge)[0]
        drawing = _drawing(wishes, spacing, few and len(data.z) <= MOST_ATOMS)
        try:
            shown.append(show_molecule(data, drawing, name, facts, charge))
        except ValueError as problem:
            if drawing.density is None or wishes.surfaces is not None:
                raise
            _tell(f"{name}: no density and potential, as {problem}")
            plain = replace(drawing, surfaces=["vdw", "ses"], density=None, slider=False)
            shown.append(show_molecule(data, plain, name, facts, charge))
    return shown


def _name(argument: str, entry: Entry, count: int) -> str:
    """The name of an entry, with that of the file where it is a mere number."""
    stem = Path(argument).stem
    if entry.name and not entry.name.isdecimal():
        return entry.name
    return stem if count == 1 and not entry.name else f"{stem} {entry.name or entry.number}"


def _drawing(wishes: Wishes, spacing: float, with_density: bool) -> Drawing:
    surfaces = wishes.surfaces
    if surfaces is None:
        exact = _exact_kind(wishes)
        surfaces = [exact] if exact else ["isodensity", "vdw", "ses"] if with_density else ["vdw"]
    if "isodensity" not in surfaces:
        return Drawing(surfaces, spacing, learned=wishes.learned)
    density = load_model(wishes.density, "density").to(wishes.device)
    return Drawing(surfaces, spacing, density, wishes.learned, slider=with_density)  # type: ignore[arg-type]


def _exact_kind(wishes: Wishes) -> str | None:
    """The exact surface that stands beside a learned one."""
    if wishes.learned is None:
        return None
    return "vdw" if wishes.learned.exact is None else wishes.learned.exact.surface


def _learned(name: str, device: str) -> LearnedSurface:
    from torch_molfield.fields import SignedDistanceField
    from torch_molfield.models import MolField

    model = load_model(name, "surface").to(device)
    if not isinstance(model, MolField) or model.channels != ("signed_distance",):
        raise ValueError(f"--model {name}: {type(model).__name__} gives no surface of a single geometry to be drawn.")
    stored = read_settings(find_pretrained(name))
    settings = {} if stored is None else stored.settings
    kind = settings.get("surface")
    exact = None if kind is None else SignedDistanceField(str(kind), settings.get("probe_radius", 1.4))
    return LearnedSurface(Path(name).name, model, exact)


def _tags(argument: str, found: Sequence[tuple[Entry, MolFieldData]]) -> list[dict[str, str]]:
    """What an SD file tells of its molecules beside their atoms."""
    path, form = Path(argument), FORMATS[".sdf"]
    if form.names is None or form.values is None:
        return [{} for _ in found]
    columns = {name: list(form.values(path, name)) for name in form.names(path)[:MOST_TAGS]}
    return [
        {name: str(column[entry.number]) for name, column in columns.items() if column[entry.number] not in (None, "")}
        for entry, _ in found
    ]


def _spacing(atoms: int, usual: float) -> float:
    return COARSEST if atoms > PROTEIN else max(usual, COARSE) if atoms > MOST_ATOMS else usual


def _tell(line: str) -> None:
    Console(stderr=True).print(line, highlight=False, soft_wrap=True)
