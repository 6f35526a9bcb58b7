"""The movie of ``molfield interpolate ONE OTHER``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from torch_molfield.cli.output import working

if TYPE_CHECKING:
    from torch import Tensor

    from torch_molfield.nn.generative.morph import MorphedFunction

#: Å of the box around the outermost atoms
MARGIN = 2.0


def morph_movie(one: str, other: str, steps: int, file: Path) -> None:
    """Write the way from one molecule to another as a GIF.

    Raises:
        ValueError, FileNotFoundError: for what is no molecule, or one without heavy atoms.
    """
    import torch

    from torch_molfield.cli.generation_conditions import molecule_of
    from torch_molfield.data.io.atomic import write_atomically
    from torch_molfield.nn.generative.morph import morph, superpose
    from torch_molfield.viz.animation import layers_gif
    from torch_molfield.viz.level_surfaces import find_parts, level_layers, surfaces_camera

    first, second = ((data.z, data.pos.double()) for data in map(molecule_of, (one, other)))
    first = (first[0], first[1] - first[1].mean(0))
    with working("Drawing"):
        path = morph(first, (second[0], superpose(first, second)), torch.linspace(0, 1, steps).tolist())
        half_width = max(float(end.places.abs().max()) for end in path) + MARGIN
        parts = find_parts(_single(path[0]), path[0].channels, half_width)
        frames = [level_layers(_single(step), step.channels, parts, half_width) for step in path]
        captions = [f"{one} → {other}, step {k} of {steps - 1}" for k in range(steps)]
        camera = surfaces_camera([layer for frame in (frames[0], frames[-1]) for layer in frame])
        write_atomically(file, layers_gif(frames, captions, camera))


def _single(function: MorphedFunction) -> Callable[[Tensor], Tensor]:
    """On points in single precision."""
    return lambda points: function(points.double()).float()
