"""From molecules to what a page shows of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch_geometric.data import Data

from torch_molfield.data.elements import symbols
from torch_molfield.data.units import BOHR, DEBYE
from torch_molfield.viz.viewer.bonds import shown_bonds
from torch_molfield.viz.viewer.levels import grid_surface
from torch_molfield.viz.viewer.scene import ShownMolecule, ShownSurface
from torch_molfield.viz.viewer.surfaces import (
    EXACT,
    ISODENSITY,
    LearnedSurface,
    common_limit,
    density_surface,
    exact_surface,
    learned_surface,
    with_potential,
)

if TYPE_CHECKING:
    from torch_molfield.models import ElectronDensityMolField
    from torch_molfield.nn.gaussians import AtomCenteredDensity

#: what can be drawn around a molecule
SURFACES = (*EXACT, "isodensity")
#: Å, of the grid of a density with a slider
GRID_SPACING = 0.25


@dataclass(frozen=True)
class Drawing:
    """What is drawn around molecules.

    Attributes:
        surfaces: names out of ``SURFACES``, the first is shown at first.
        spacing: of their lattice, Å.
        density: model of the isodensity surface and of electrostatic potentials.
        learned: a learned surface, which is drawn too.
        slider: whether the density is drawn at other levels too.
    """

    surfaces: Sequence[str] = ()
    spacing: float = 0.3
    density: ElectronDensityMolField | None = None
    learned: LearnedSurface | None = None
    slider: bool = False

    def __post_init__(self) -> None:
        unknown = [name for name in self.surfaces if name not in SURFACES]
        if unknown:
            raise ValueError(f"surfaces must be among {', '.join(SURFACES)}, got {unknown[0]!r}.")


def show_molecule(
    data: Data, drawing: Drawing, name: str, facts: Mapping[str, str] | None = None, charge: float = 0.0
) -> ShownMolecule:
    """One geometry with its surfaces; ``charge`` in e.

    Raises:
        ValueError: for elements that a model does not know, or a charge that leaves an odd number of electrons to one.
    """
    density, told = None, formula_facts(data.z, charge)
    if drawing.density is not None:
        with torch.no_grad():
            density = drawing.density(data.z, data.pos, charge=torch.tensor([charge], device=data.pos.device))
            told["dipole"] = f"{float(density.dipole.norm()) / DEBYE:.2f} D"
    surfaces = [_surface(kind, data, drawing, density) for kind in drawing.surfaces]
    if drawing.learned is not None:
        surfaces.append(learned_surface(drawing.learned, [data], drawing.spacing))
    if drawing.slider and density is not None:
        surfaces.append(density_slider(density))
    return ShownMolecule(
        name, data.z.cpu().numpy(), [_pos(data)], shown_bonds(data), surfaces, {**told, **(facts or {})}
    )


def show_trajectory(frames: Sequence[Data], drawing: Drawing, name: str, times: np.ndarray, unit: str) -> ShownMolecule:
    """Frames of the same atoms at ``times [T]`` in ``unit``, with their exact and learned surfaces, areas, volumes and,
    where the frames have them, energies.

    Raises:
        ValueError: for the isodensity surface, which takes too long for a trajectory.
    """
    if "isodensity" in drawing.surfaces:
        raise ValueError("the isodensity surface is drawn of single geometries; for a trajectory take vdw, sas or ses.")
    surfaces = [exact_surface(kind, frames, drawing.spacing) for kind in drawing.surfaces]
    if drawing.learned is not None:
        surfaces.append(learned_surface(drawing.learned, frames, drawing.spacing))
    tracks = _sizes(surfaces[0], times) if surfaces else {}
    if all("energy" in frame for frame in frames):
        energy = np.array([float(frame.energy) for frame in frames])
        tracks["energy − first, eV"] = (times, energy - energy[0])
    return ShownMolecule(
        name,
        frames[0].z.cpu().numpy(),
        [_pos(frame) for frame in frames],
        shown_bonds(frames[0]),
        surfaces,
        {**formula_facts(frames[0].z), "frames": str(len(frames))},
        times,
        unit,
        tracks if len(frames) > 1 else {},
    )


def comparable(molecules: Sequence[ShownMolecule]) -> list[ShownMolecule]:
    """The molecules with the same colours for the same values of potential and error."""
    surfaces = [surface for molecule in molecules for surface in molecule.surfaces]
    for name in ("potential", "error"):
        surfaces = common_limit(surfaces, name)
    place = iter(surfaces)
    return [replace(molecule, surfaces=[next(place) for _ in molecule.surfaces]) for molecule in molecules]


def formula_facts(z: torch.Tensor, charge: float = 0.0) -> dict[str, str]:
    """Formula in Hill's order, charge if there is one, and number of atoms."""
    names = symbols(z)
    order = sorted(set(names), key=lambda s: (0 if s == "C" else 1 if s == "H" and "C" in names else 2, s))
    count = {s: names.count(s) for s in order}
    found = {"formula": "".join(s + (str(n) if n > 1 else "") for s, n in count.items()).translate(_LOW)}
    if charge:
        found["charge"] = f"{charge:+g} e"
    return {**found, "atoms": str(len(names))} if names else {}


_LOW = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def _surface(kind: str, data: Data, drawing: Drawing, density: AtomCenteredDensity | None) -> ShownSurface:
    if kind == "isodensity":
        if density is None:
            raise ValueError("the isodensity surface needs a model of electron densities; give density=….")
        return density_surface(density, drawing.spacing)
    surface = exact_surface(kind, [data], drawing.spacing)
    return surface if density is None else with_potential(surface, [density] * len(surface.meshes))


def density_slider(density: AtomCenteredDensity) -> ShownSurface:
    """The surfaces of a density at many levels, that of 0.001 e/bohr³ at first."""
    grid = density.to_grid(GRID_SPACING)
    grid.values *= BOHR**3
    grid.units = "e/bohr³"
    return grid_surface("electron density, any level", grid, ISODENSITY)


def _sizes(surface: ShownSurface, times: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    figures = {
        "area, Å²": [mesh.area for mesh in surface.meshes],
        "volume, Å³": [mesh.volume for mesh in surface.meshes],
    }
    return {label: (times, np.array(values)) for label, values in figures.items()}


def _pos(data: Data) -> np.ndarray:
    return data.pos.detach().cpu().double().numpy()
