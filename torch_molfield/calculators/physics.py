"""Energies and forces of one or several models, as a function of tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

from torch_molfield.data.finite import check_finite

#: atoms closer than this (Å) are no molecule that a model could know
TOO_CLOSE = 0.3


class Forces(Protocol):
    """What tells energies and forces, as :class:`~torch_molfield.models.EnergyMolField` does."""

    def forces(self, z: Tensor, pos: Tensor, batch: Tensor, charge: Tensor) -> dict[str, Tensor]:
        """``"energy" [B]`` eV, ``"forces" [N, 3]`` eV/Å, and more."""


def committee_forces(
    models: Sequence[Forces], z: Tensor, pos: Tensor, batch: Tensor, charge: Tensor
) -> dict[str, Tensor]:
    """Means over the models of what :meth:`EnergyMolField.forces` of all of them tells; of several models also
    ``"energy_std" [B]`` (eV) and ``"forces_std" [N, 3]`` (eV/Å), their standard deviations (n − 1).

    Args:
        z: ``[N]``. pos: ``[N, 3]`` Å. batch: ``[N]``. charge: ``[B]`` e.

    Raises:
        ValueError: for malformed atoms, atoms nearer to each other than ``TOO_CLOSE``, or what is not finite.
    """
    check_distances(pos, batch)
    told = [model.forces(z, pos, batch, charge) for model in models]
    found = {
        name: torch.stack([each[name] for each in told]).mean(0)
        for name in told[0]
        if all(name in each for each in told)
    }
    if len(models) > 1:
        for name in ("energy", "forces"):
            found[f"{name}_std"] = torch.stack([each[name] for each in told]).std(0)
    check_finite(found, batch)
    return found


def neutral_forces(model: Forces, z: Tensor, pos: Tensor, batch: Tensor) -> dict[str, Tensor]:
    """:func:`committee_forces` of one model and molecules without charge."""
    charge = torch.zeros(int(batch[-1]) + 1, dtype=torch.float64, device=batch.device)
    return committee_forces([model], z, pos, batch, charge)


def check_distances(pos: Tensor, batch: Tensor) -> None:
    """``ValueError`` that names two atoms of a molecule nearer to each other than ``TOO_CLOSE``."""
    for molecule, rows in enumerate(pos.detach().split(torch.bincount(batch).tolist())):
        if len(rows) > 1 and float(distances := torch.nn.functional.pdist(rows.double()).min()) < TOO_CLOSE:
            near = torch.cdist(rows.double(), rows.double()) + 1e9 * torch.eye(len(rows), device=rows.device)
            i, j = divmod(int(near.argmin()), len(rows))
            raise ValueError(
                f"atoms {i} and {j} of molecule {molecule} are {float(distances):.2f} Å apart; no model has seen "
                f"such a geometry. Repair it, or take smaller steps."
            )
