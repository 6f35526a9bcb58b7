"""Functions of space as pages: what ``FieldFunction.show`` returns."""

from __future__ import annotations

import torch
from torch import Tensor
from torch_geometric.data import Data

from torch_molfield.functions import FieldFunction
from torch_molfield.functions.display import register_display
from torch_molfield.nn.gaussians import AtomCenteredDensity
from torch_molfield.viz.viewer.bonds import shown_bonds
from torch_molfield.viz.viewer.levels import grid_surface
from torch_molfield.viz.viewer.molecules import density_slider, formula_facts
from torch_molfield.viz.viewer.scene import ShownMolecule, ShownSurface
from torch_molfield.viz.viewer.surfaces import density_surface, moving_surface
from torch_molfield.viz.viewer.view import View


@register_display
def show_function(function: FieldFunction, level: float | None, spacing: float, molecule: int, channel: int) -> View:
    """A molecule of a function with the surfaces of a channel; arguments as of ``FieldFunction.show``."""
    one = function.single(molecule)
    if not 0 <= channel < len(one.channels):
        names = ", ".join(one.channels)
        raise ValueError(f"channel {channel} does not exist; the {len(one.channels)} channels are {names}.")
    name = one.channels[channel].replace("_", " ")
    z, pos = _atoms(one)
    formula = formula_facts(z)
    title = f"{name} of {formula['formula']}" if formula else name
    shown = ShownMolecule(
        title,
        z.cpu().numpy(),
        [pos.detach().cpu().double().numpy()],
        shown_bonds(Data(z=z, pos=pos)),
        _surfaces(one, name, level, spacing, channel),
        formula,
    )
    return View(title, [shown])


def _atoms(function: FieldFunction) -> tuple[Tensor, Tensor]:
    """``z [N]`` and ``pos [N, 3]`` Å, where the function knows its atoms; none otherwise."""
    z, places = getattr(function, "z", None), function.places
    if isinstance(z, Tensor) and len(z) == len(places):
        return z, places
    return torch.zeros(0, dtype=torch.long), torch.zeros(0, 3)


def _surfaces(
    function: FieldFunction, name: str, level: float | None, spacing: float, channel: int
) -> list[ShownSurface]:
    if isinstance(function, AtomCenteredDensity) and function.free_atoms and level is None:
        return [density_surface(function, spacing), density_slider(function)]
    if function.channels[channel] == "signed_distance":
        return [moving_surface("surface", [function.to_mesh(level or 0.0, spacing, channel=channel)])]
    return [grid_surface(name, function.to_grid(spacing), level, channel)]
