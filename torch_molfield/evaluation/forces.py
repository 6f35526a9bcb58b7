"""Comparison of predicted energies and forces with reference values."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch_geometric.data import Data

from torch_molfield.geometry.packed import PackedMolecules
from torch_molfield.nn.heads.energy_model import EnergyModel


def predict_forces(model: EnergyModel, molecules: PackedMolecules, batch_size: int = 32) -> dict[str, Tensor]:
    """Predict energies and forces of molecules.

    Args:
        model: in eval mode.
        molecules: M molecules of N atoms in all.
        batch_size: molecules at a time.

    Returns:
        ``"energy" [M]`` eV, ``"forces" [N, 3]`` eV/Å and whatever else the model predicts, on the CPU, in the order of
            the molecules.

    Raises:
        ValueError: for molecules that the model cannot take.
    """
    device = next(model.parameters()).device
    parts = []
    for chosen in torch.arange(len(molecules)).split(batch_size):
        z, pos, batch = molecules.take(chosen)
        parts.append(model.forces(z.to(device), pos.to(device), batch.to(device)))
    return {name: torch.cat([part[name].cpu() for part in parts]) for name in parts[0]}


def force_errors(predicted: dict[str, Tensor], molecules: PackedMolecules) -> dict[str, float]:
    """Return mean absolute errors over molecules and components, as revised MD17 reports them.

    Args:
        predicted: by name, from :func:`predict_forces`.
        molecules: with reference values.

    Returns:
        ``energy`` (eV), ``forces`` (eV/Å), and ``charges`` (e) and ``dipole`` (e Å) if both sides have them.
    """
    true = {**molecules.rows, **molecules.atom_rows}
    return {
        name: float((rows.double() - true[name].double()).abs().mean())
        for name, rows in predicted.items()
        if name in true
    }


def pack_labelled(molecules: Sequence[Data], charged: bool = False) -> PackedMolecules:
    """Pack molecules with energies and forces, and with charges and dipoles if wanted.

    Raises:
        ValueError: if a molecule lacks one of them, or has one that is not finite.
    """
    names, atom_names = ["energy"], ["forces"]
    if charged:
        names, atom_names = [*names, "dipole"], [*atom_names, "charges"]
    packed = PackedMolecules(molecules, names, atom_names)
    for name, rows in {**packed.rows, **packed.atom_rows}.items():
        finite = torch.isfinite(rows).flatten(1).all(1) if rows.dim() > 1 else torch.isfinite(rows)
        if not bool(finite.all()):
            row = int((~finite).nonzero()[0])
            molecule = row if name in packed.rows else int(packed.owner[row])
            raise ValueError(f"molecule {molecule}: {name!r} has NaN or infinity; leave that molecule out.")
    return packed
