"""A surface over time as numbers: area, volume, and where on the molecule the error sits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from torch_molfield.surface.mesh import Floats, Integers
from torch_molfield.viz.figures import LEARNED_COLOR, TRUE_COLOR, panels
from torch_molfield.viz.molecule import element_colors
from torch_molfield.viz.report_data import SurfaceFrame

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class SurfaceHistory(NamedTuple):
    """T frames: ``time [T]`` (fs, or numbers of frames); areas ``[T]`` Å², volumes ``[T]`` Å³, true and learned;
    ``atom_error [N]`` Å, see :func:`errors_by_atom`."""

    time: Floats
    true_area: Floats
    learned_area: Floats
    true_volume: Floats
    learned_volume: Floats
    atom_error: Floats


def surface_history(frames: Sequence[SurfaceFrame], interval: float) -> SurfaceHistory:
    """What a report shows of a movie whose frames are ``interval`` apart."""
    sizes = [(f.true.area, f.learned.area, f.true.volume, f.learned.volume) for f in frames]
    true_area, learned_area, true_volume, learned_volume = np.array(sizes).T
    time = interval * np.arange(len(frames))
    return SurfaceHistory(time, true_area, learned_area, true_volume, learned_volume, errors_by_atom(frames))


def errors_by_atom(frames: Sequence[SurfaceFrame]) -> Floats:
    """Mean |error| (Å) of the learned surface nearest to each nucleus, weighted by area, ``[N]``; NaN for an atom that
    is nearest to no part of it."""
    from scipy.spatial import cKDTree

    total, weight = np.zeros(len(frames[0].pos)), np.zeros(len(frames[0].pos))
    for frame in frames:
        mesh = frame.learned
        share = np.bincount(mesh.faces.ravel(), np.repeat(mesh.face_areas / 3, 3), len(mesh.vertices))
        atom = cKDTree(frame.pos).query(mesh.vertices)[1]
        total += np.bincount(atom, share * np.abs(frame.error), len(total))
        weight += np.bincount(atom, share, len(total))
    return np.divide(total, weight, out=np.full(len(total), np.nan), where=weight > 0)


def history_figure(z: Integers, history: SurfaceHistory, unit: str = "fs") -> Figure:
    """Area and volume of the true and the learned surface over time (``unit``), and the error by atom."""
    figure, (area, volume, atoms) = panels(3, width=13.5, height=3.4)
    pairs = (
        (area, history.true_area, history.learned_area, "area, Å²"),
        (volume, history.true_volume, history.learned_volume, "volume, Å³"),
    )
    for axis, true, learned, label in pairs:
        axis.plot(history.time, true, color=TRUE_COLOR, linewidth=3.0, label="true")
        axis.plot(history.time, learned, color=LEARNED_COLOR, linewidth=1.3, label="learned")
        axis.set_xlabel(unit)
        axis.set_ylabel(label)
        axis.grid(alpha=0.3, linewidth=0.5)
        axis.legend(fontsize=8)
    _draw_bars(atoms, z, history.atom_error)
    return figure


def _draw_bars(axis: Axes, z: Integers, error: Floats) -> None:
    from ase.data import chemical_symbols

    number = np.arange(len(z))
    axis.bar(number, np.nan_to_num(error), color=element_colors(z), edgecolor="black", linewidth=0.5)
    axis.set_xticks(number, [f"{chemical_symbols[e]}{k + 1}" for k, e in enumerate(z)], rotation=90, fontsize=7)
    axis.set_ylabel("mean |error| nearest to the atom, Å")
