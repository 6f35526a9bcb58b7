"""Colours of a surface by its atoms, their residues, or its shape."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from torch_molfield.data import MolFieldData
    from torch_molfield.surface import Mesh

#: share of the vertices beyond the ends of the colours
BEYOND = 0.02


class Paint(str, Enum):
    """What a surface is painted with."""

    atom = "atom"
    residue = "residue"
    element = "element"
    charge = "charge"
    hydropathy = "hydropathy"
    curvature = "curvature"


#: units and colour map of what has a scale
SCALES = {
    Paint.charge: ("e, red negative, blue positive", "RdBu"),
    Paint.hydropathy: ("Kyte and Doolittle, blue polar, brown hydrophobic", "BrBG_r"),
    Paint.curvature: ("1/Å, orange hollow, violet convex", "PuOr"),
}


def painted(mesh: Mesh, data: MolFieldData, paint: Paint) -> tuple[Mesh, np.ndarray, list[str]]:
    """The mesh with the value at every vertex, RGB ``[V, 3]`` 0..255, and lines that tell the colours.

    Args:
        mesh: with its atoms, and the residues of a protein.

    Raises:
        ValueError: for residues of a molecule that has none, or charges that cannot be predicted.
    """
    import numpy as np

    from torch_molfield.viz.molecule import element_colors
    from torch_molfield.viz.vertex_colors import number_colors, scale_colors

    values, lines = _values(mesh, data, paint)
    if paint in SCALES:
        what, name = SCALES[paint]
        limit = max(float(np.quantile(np.abs(values), 1 - BEYOND)), 1e-6)
        colors = scale_colors(values, limit, name)
        lines.append(f"colours {paint.value} −{limit:.3g} to {limit:.3g} {what}")
    else:
        colors = element_colors(values) if paint is Paint.element else number_colors(values)
    return replace(mesh, values={**mesh.values, paint.value: values}), (255 * colors).round().astype(np.uint8), lines


def _values(mesh: Mesh, data: MolFieldData, paint: Paint) -> tuple[Any, list[str]]:
    """``[V]``, and lines that tell where they are from."""
    if paint is Paint.curvature:
        from torch_molfield.surface import mean_curvature

        return mean_curvature(mesh), []
    atom = mesh.values["atom"]
    lines: list[str] = []
    if paint is Paint.residue:
        if "residue" not in mesh.values:
            raise ValueError("--paint residue is for .pdb, .cif and .mmcif files; this molecule has no residues.")
        return mesh.values["residue"], []
    if paint is Paint.atom:
        return atom, []
    if paint is Paint.element:
        return data.z.cpu().numpy()[atom], []
    if paint is Paint.hydropathy:
        from torch_molfield.data import residue_hydropathy

        quantity = residue_hydropathy(data, others=0.0)
    else:
        quantity, lines = _charges(data)
    return quantity.double().cpu().numpy()[atom], lines


def _charges(data: MolFieldData) -> tuple[Any, list[str]]:
    """Hirshfeld's charges ``[N]`` by the shipped model of densities."""
    from torch_molfield.cli.learned_density import SHIPPED, learned_density

    if data.get("residue_name") is not None and not bool((data.z == 1).any()):
        raise ValueError("--paint charge needs all hydrogens, and the file has none; add them first.")
    density, lines = learned_density(data, SHIPPED, None, "density")
    return density.detach().charges, lines[:1]
