"""The contents of a page as plain values: molecules, their surfaces with colours, and quantities over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from torch_molfield.surface.mesh import Floats, Integers, Mesh

#: a surface's meshes stand for nothing else, for the frames, or for levels of a field
AXES = ("", "frame", "level")


@dataclass(frozen=True)
class Paint:
    """A quantity on a surface, drawn in colours from ``-limit`` through 0 to ``+limit``.

    Attributes:
        name: short name, unique on the surface.
        label: name for the reader.
        unit: of values and limit.
        values: ``[V]`` for each mesh of the surface.
        limit: of the colours.
        colors: a diverging map: ``"RdBu"`` (red low, blue high), ``"BuRd"`` or ``"PuOr"``.
        ends: words for the lowest and the highest colour; may be empty.
    """

    name: str
    label: str
    unit: str
    values: Sequence[Floats]
    limit: float
    colors: str = "RdBu"
    ends: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class ShownSurface:
    """A surface of a molecule, its surfaces in every frame, or those at several levels of a field.

    Attributes:
        name: of the surface.
        meshes: one; with ``axis="frame"`` one per frame, with ``axis="level"`` one per level.
        axis: ``""``, ``"frame"`` or ``"level"``.
        paints: quantities on it.
        paint: name of the quantity that is shown first, ``"atom"`` for the colours of atoms, ``"plain"`` for one
            colour.
        levels: values of the field on the meshes.
        unit: of the levels.
        start: index of the level that is shown first.

    Raises:
        ValueError: for another axis, or numbers of values, levels and meshes that do not match.
    """

    name: str
    meshes: Sequence[Mesh]
    axis: str = ""
    paints: Sequence[Paint] = ()
    paint: str = "atom"
    levels: Sequence[float] = ()
    unit: str = ""
    start: int = 0

    def __post_init__(self) -> None:
        if self.axis not in AXES or not self.meshes:
            raise ValueError(f"a surface needs at least one mesh and an axis out of {AXES}, got {self.axis!r}.")
        if self.axis == "level" and len(self.levels) != len(self.meshes):
            raise ValueError(
                f"{self.name} has {len(self.meshes)} meshes at {len(self.levels)} levels; give one at each."
            )
        for paint in self.paints:
            if [len(values) for values in paint.values] != [len(mesh.vertices) for mesh in self.meshes]:
                raise ValueError(f"{paint.name} on {self.name} needs a value at every vertex of every mesh.")


@dataclass(frozen=True)
class ShownMolecule:
    """A molecule in one or several geometries.

    Attributes:
        name: of the molecule.
        z: ``[N]`` atomic numbers; N may be 0.
        frames: ``[N, 3]`` Å for each geometry.
        bonds: pairs of atoms with the order of their bond.
        surfaces: of the molecule; those with ``axis="frame"`` have one mesh per frame.
        facts: texts beside the picture, such as the formula.
        times: ``[T]`` of the frames.
        time_unit: of the times; empty if they are just numbers of frames.
        tracks: curves over time: label with unit → ``(times, values)``.

    Raises:
        ValueError: if the numbers of meshes or times differ from the number of frames.
    """

    name: str
    z: Integers
    frames: Sequence[Floats]
    bonds: Sequence[tuple[int, int, int]] = ()
    surfaces: Sequence[ShownSurface] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    times: Floats = field(default_factory=lambda: np.zeros(1))
    time_unit: str = ""
    tracks: Mapping[str, tuple[Floats, Floats]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        counts = {len(s.meshes) for s in self.surfaces if s.axis == "frame"} | {len(self.times)}
        if counts != {len(self.frames)}:
            raise ValueError(
                f"{self.name} has {len(self.frames)} frames for {len(self.times)} times and surfaces of {counts}; give "
                "one of each per frame."
            )


@dataclass(frozen=True)
class Opened:
    """What one of the two pictures shows first: the index of a molecule, and of one of its surfaces or −1 for none."""

    molecule: int = 0
    surface: int = 0
