"""Energies and forces of one or several models, as a function of tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from torch_molfield.data.finite import check_finite
from torch_molfield.models import EnergyMolField
from torch_molfield.nn.heads.energy_model import Molecules, arrange

#: atoms closer than this (Å) are no molecule that a model could know
TOO_CLOSE = 0.3


class Forces(Protocol):
    """What predicts energies and forces, as :class:`~torch_molfield.models.EnergyMolField` does."""

    def forces_of(self, molecules: Molecules, pos: Tensor, charge: Tensor) -> dict[str, Tensor]:
        """``"energy" [B]`` eV, ``"forces" [N, 3]`` eV/Å, and more, of atoms that have been checked."""


def committee_forces(models: Sequence[Forces], molecules: Molecules, pos: Tensor, charge: Tensor) -> dict[str, Tensor]:
    """Means over the models of what all of them predict; of several models also ``"energy_std" [B]`` (eV) and
    ``"forces_std" [N, 3]`` (eV/Å), their standard deviations (n − 1).

    Args:
        molecules: checked. pos: ``[N, 3]`` Å, checked. charge: ``[B]`` e.
    """
    told = [model.forces_of(molecules, pos, charge) for model in models]
    found = {
        name: torch.stack([each[name] for each in told]).mean(0)
        for name in told[0]
        if all(name in each for each in told)
    }
    if len(models) > 1:
        for name in ("energy", "forces"):
            found[f"{name}_std"] = torch.stack([each[name] for each in told]).std(0)
    return found


def neutral_forces(model: EnergyMolField, z: Tensor, pos: Tensor, batch: Tensor) -> dict[str, Tensor]:
    """:func:`committee_forces` of one model and molecules without charge.

    Raises:
        ValueError: for malformed atoms, atoms nearer to each other than ``TOO_CLOSE``, or what is not finite.
    """
    check_distances(pos, batch)
    z, pos, batch = model.check(z, pos, batch)
    molecules = arrange(z, batch)
    charge = torch.zeros(molecules.num_molecules, dtype=torch.float64, device=batch.device)
    found = committee_forces([model], molecules, pos, charge)
    check_finite(found, batch)
    return found


def check_distances(pos: Tensor, batch: Tensor) -> None:
    """``ValueError`` that names two atoms of a molecule nearer to each other than ``TOO_CLOSE``; positions that are
    not finite are left to other checks."""
    places, sizes = pos.detach().double().cpu().numpy(), np.bincount(batch.cpu().numpy())
    for molecule, rows in enumerate(np.split(places, np.cumsum(sizes)[:-1])):
        if len(rows) > 1 and np.isfinite(rows).all():
            _check_molecule(molecule, rows)


def _check_molecule(molecule: int, places: np.ndarray) -> None:
    from scipy.spatial import cKDTree

    pairs = cKDTree(places).query_pairs(TOO_CLOSE, output_type="ndarray")
    if not len(pairs):
        return
    distances = np.linalg.norm(places[pairs[:, 0]] - places[pairs[:, 1]], axis=1)
    nearest = distances.argmin()
    if distances[nearest] < TOO_CLOSE:
        i, j = pairs[nearest]
        raise ValueError(
            f"atoms {i} and {j} of molecule {molecule} are {distances[nearest]:.2f} Å apart; no model has seen "
            f"such a geometry. Repair it, or take smaller steps."
        )
