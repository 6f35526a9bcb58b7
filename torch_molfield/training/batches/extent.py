"""How far the molecules of a training reach."""

from __future__ import annotations

from torch_molfield.geometry.frames import centred
from torch_molfield.geometry.packed import PackedMolecules
from torch_molfield.models.molfield import MAX_RADIUS


def model_radius(molecules: PackedMolecules, given: float | None = None) -> float:
    """``max_radius`` of a model of these molecules, Å: what the settings say, else at least what the largest needs.

    Raises:
        ValueError: for a molecule that the model of the settings would not take; it is named.
    """
    owner = molecules.owner
    distance = centred(molecules.pos, owner)[1].norm(dim=1)
    atom = int(distance.argmax())
    largest = float(distance[atom])
    if given is None:
        return max(MAX_RADIUS, 1.01 * largest)  # with room for rounding
    if largest > given:
        raise ValueError(
            f"molecule {int(owner[atom])} reaches {largest:.1f} Å from its centroid, and max_radius of the model is "
            f"{given:g} Å; leave it out, or set a larger one."
        )
    return given
