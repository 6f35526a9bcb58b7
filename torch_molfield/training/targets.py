"""Which properties there are, and where molecules carry them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import Data

from torch_molfield.data import QM9
from torch_molfield.nn.references import KINDS, Target

_EXTENSIVE = ("alpha", "r2", "zpve", "U0", "U", "H", "G", "Cv")
_ROTATIONS = ("A", "B", "C")

#: the twelve usual targets of QM9, its polarizability tensor, its atomization energy, and what the bundled trajectories
#: carry
TARGETS: dict[str, Target] = {
    name: Target(name, "length" if name == "mu" else "scalar", name in _EXTENSIVE, unit)
    for name, unit in zip(QM9.target_names, QM9.target_units, strict=True)
    if name not in _ROTATIONS
} | {
    "polarizability": Target("polarizability", "tensor", True, "Å^3"),
    "atomization": Target("atomization", extensive=True, unit="eV"),
    "energy": Target("energy", extensive=True, unit="eV"),
    "dipole": Target("dipole", "vector", unit="e Å"),
}


def find_targets(wanted: Sequence[str | Mapping[str, Any]]) -> list[Target]:
    """Targets by name, or one's own: ``"NAME:UNIT"``, a scalar that does not grow with the molecule, or the attributes
    of a :class:`~torch_molfield.nn.references.Target`.

    Raises:
        ValueError: for a name that is not known, which lists the known ones, or attributes that make no target.
    """
    unknown = [name for name in wanted if isinstance(name, str) and ":" not in name and name not in TARGETS]
    if unknown or not wanted:
        known = ", ".join(TARGETS)
        raise ValueError(f"there is no target {unknown or wanted}; known are {known}; one of your own is NAME:UNIT.")
    return [_target(name) for name in wanted]


def _target(wanted: str | Mapping[str, Any]) -> Target:
    if isinstance(wanted, str):
        name, own, unit = wanted.partition(":")
        wanted = {"name": name, "unit": unit}
        if not own:
            return TARGETS[name]
    try:
        target = Target(**wanted)
    except TypeError as error:
        raise ValueError(f"{dict(wanted)} makes no target; it may have name, kind, extensive and unit.") from error
    if target.name in TARGETS:
        raise ValueError(f"{target.name!r} is a known target, in {TARGETS[target.name].unit}; give its name alone.")
    return target


def scalar_names(targets: Sequence[Target]) -> list[str]:
    """Of those that are one number."""
    return [target.name for target in targets if not KINDS[target.kind]]


def target_values(molecules: Sequence[Data], targets: Sequence[Target]) -> dict[str, Tensor]:
    """Values of all molecules by name: ``[M]``, ``[M, 3]`` or ``[M, 3, 3]``, float64.

    A value is the attribute of that name; of :class:`~torch_molfield.data.QM9` also the column of ``y``.

    Raises:
        ValueError: where a molecule has no such value, one of another shape, or one that is not finite; it is named.
    """
    columns = {name: k for k, name in enumerate(getattr(molecules, "target_names", ()))}
    found: dict[str, list[Tensor]] = {target.name: [] for target in targets}
    for k in range(len(molecules)):
        molecule = molecules[k]
        for target in targets:
            found[target.name].append(_value(molecule, k, target, columns.get(target.name)))
    return {name: torch.cat(values) for name, values in found.items()}


def _value(molecule: Data, number: int, target: Target, column: int | None) -> Tensor:
    value = molecule.get(target.name) if column is None else molecule.y[:, column]
    if value is None:
        raise ValueError(f"molecule {number} has no {target.name!r}; leave that target or that molecule out.")
    value = torch.as_tensor(value, dtype=torch.float64)
    if value.numel() != math.prod(KINDS[target.kind]):
        raise ValueError(
            f"molecule {number}: {target.name!r} has shape {list(value.shape)}, which is no {target.kind}; "
            "choose another target."
        )
    if not bool(torch.isfinite(value).all()):
        raise ValueError(f"molecule {number}: {target.name!r} is {value.tolist()}; leave that molecule out.")
    return value.reshape(1, *KINDS[target.kind])
