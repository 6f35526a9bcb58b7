"""Which properties there are, and where molecules carry them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import Data

from torch_molfield.data.labels import QM9_COLUMNS, Column, batch_label, columns_in_order, find_label, named_columns

#: kind -> shape of a molecule's value
KINDS: dict[str, tuple[int, ...]] = {"scalar": (), "length": (), "vector": (3,), "tensor": (3, 3)}


@dataclass(frozen=True)
class Target:
    """A property of a molecule.

    Attributes:
        name: of the attribute that holds it, or of a column.
        kind: ``"scalar"``, ``"vector"``, ``"length"`` (of a vector that is not recorded, as QM9's dipole moment is) or
            ``"tensor"`` (symmetric 3 × 3).
        extensive: whether it grows with the molecule; then it has a reference for every element, and what a network
            adds grows with the number of atoms.
        unit: of the values, for people.
    """

    name: str
    kind: str = "scalar"
    extensive: bool = False
    unit: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"target {self.name!r}: kind {self.kind!r} is unknown; choose one of {', '.join(KINDS)}.")


@dataclass(frozen=True)
class Output:
    """What a model gives.

    Attributes:
        name: of the value.
        unit: of the value.
        per: ``"molecule"``, ``"atom"``, or ``"point"`` of space for a channel of the model's function.
        shape: of the value of one.
    """

    name: str
    unit: str = ""
    per: str = "molecule"
    shape: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.per not in ("molecule", "atom", "point"):
            raise ValueError(f"output {self.name!r}: per {self.per!r} is unknown; choose molecule, atom or point.")

    @property
    def label(self) -> str:
        """Name and unit, for people."""
        return f"{self.name} / {self.unit}" if self.unit else self.name


#: how usual a molecule is among those that a model has learned from, 1 to 0
DOMAIN_SCORE = Output("domain")

_EXTENSIVE = ("alpha", "r2", "zpve", "U0", "U", "H", "G", "Cv")
_ROTATIONS = ("A", "B", "C")

#: the twelve usual targets of QM9, its polarizability tensor, its atomization energy, what the bundled trajectories
#: carry, and free energies of solvation
TARGETS: dict[str, Target] = {
    name: Target(name, "length" if name == "mu" else "scalar", name in _EXTENSIVE, unit)
    for name, unit in QM9_COLUMNS.items()
    if name not in _ROTATIONS
} | {
    "polarizability": Target("polarizability", "tensor", True, "Å^3"),
    "atomization": Target("atomization", extensive=True, unit="eV"),
    "energy": Target("energy", extensive=True, unit="eV"),
    "dipole": Target("dipole", "vector", unit="e Å"),
    "solvation_water": Target("solvation_water", extensive=True, unit="eV"),
    "solvation_octanol": Target("solvation_octanol", extensive=True, unit="eV"),
}

#: units in which a file may give one of these instead, by the unit here
OTHER_UNITS = {
    "eV": ("meV", "Ha", "mHa", "kcal/mol", "kJ/mol"),
    "e Å": ("D", "e bohr"),
    "Å^2": ("bohr^2",),
    "Å^3": ("bohr^3",),
    "eV/K": ("cal/mol/K", "J/mol/K"),
}


def find_targets(wanted: Sequence[str | Mapping[str, Any]]) -> list[Target]:
    """Targets by name, or one's own: ``"NAME:UNIT"``, a scalar that does not grow with the molecule, or the attributes
    of a :class:`~torch_molfield.data.properties.Target`. ``"gap:meV"`` is a known scalar that a file gives in
    another unit, which the model then predicts in.

    Raises:
        ValueError: for a name that is not known, which lists the known ones, attributes that make no target, a known
            target in a unit of something else, or one that is wanted twice.
    """
    unknown = [name for name in wanted if isinstance(name, str) and ":" not in name and name not in TARGETS]
    if unknown or not wanted:
        known = ", ".join(TARGETS)
        raise ValueError(f"there is no target {unknown or wanted}; known are {known}; one of your own is NAME:UNIT.")
    targets = [_target(name) for name in wanted]
    names = [target.name for target in targets]
    twice = [name for k, name in enumerate(names) if name in names[:k]]
    if twice:
        raise ValueError(f"the target {twice[0]!r} is wanted twice; give each name once.")
    return targets


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
    return _known(target) if target.name in TARGETS else target


def _known(target: Target) -> Target:
    """A known target in a unit of the file's; a number that is a length is told as one."""
    known = TARGETS[target.name]
    one_number = not KINDS[known.kind]
    allowed = (known.unit, *(OTHER_UNITS[known.unit] if one_number else ()))
    fits = target.kind == known.kind or (one_number and target.kind == "scalar")
    if not fits or target.unit not in allowed:
        given = f"{target.kind} in {target.unit!r}"
        raise ValueError(
            f"{target.name!r} is a known {known.kind}, here a {given}; its unit may be {', '.join(allowed)}."
        )
    return replace(known, unit=target.unit)


def require_usual_units(targets: Sequence[Target], whose: str) -> None:
    """``ValueError`` for a known target in another unit than that in which data sets and trajectories give it."""
    for target in targets:
        usual = TARGETS[target.name].unit if target.name in TARGETS else ""
        if usual and target.unit not in ("", usual):
            raise ValueError(f"{target.name!r} of {whose} is in {usual}, not in {target.unit}; leave the unit away.")


def scalar_names(targets: Sequence[Target]) -> list[str]:
    """Of those that are one number."""
    return [target.name for target in targets if not KINDS[target.kind]]


def target_values(
    molecules: Sequence[Data], targets: Sequence[Target], *, allow_missing: bool = False
) -> dict[str, Tensor]:
    """Values of all molecules by name: ``[M]``, ``[M, 3]`` or ``[M, 3, 3]``, float64.

    A value is the label of that name (:func:`~torch_molfield.data.labels.find_label`): an attribute, or a column of
    ``y`` of QM9, of this package or of PyG, in the unit of this package. A dataset may name the columns of ``y`` by an
    attribute ``target_names``. With ``allow_missing`` a molecule that has none gets NaN.

    Raises:
        ValueError: where a molecule has no such value, one of another shape or unit, or one that is not finite; it is
            named.
    """
    named = dataset_columns(molecules)
    found: dict[str, list[Tensor]] = {target.name: [] for target in targets}
    for k in range(len(molecules)):
        molecule = molecules[k]
        columns = named_columns(molecule) or named
        for target in targets:
            if allow_missing and find_label(molecule, target.name, columns) is None:
                value = torch.full((1, *KINDS[target.kind]), torch.nan, dtype=torch.float64)
            else:
                value = _value(molecule, k, target, columns, type(molecules).__name__)
            found[target.name].append(value)
    return {name: torch.cat(values) for name, values in found.items()}


def batch_values(
    batch: Data, targets: Sequence[Target], columns: Mapping[str, Column] | None = None
) -> dict[str, Tensor]:
    """Values of a batch by name: ``[B]``, ``[B, 3]`` or ``[B, 3, 3]``; a value is found as by :func:`target_values`.

    Args:
        batch: of PyG's loaders, or made from packed molecules.
        targets: what is wanted.
        columns: of ``y`` by name, where the dataset names them.

    Raises:
        ValueError: where the batch has no such value.
    """
    named = named_columns(batch) or (columns if columns and "y" in batch else {})
    return {t.name: batch_label(batch, t.name, named).reshape(-1, *KINDS[t.kind]) for t in targets}


def dataset_columns(molecules: Any) -> Mapping[str, Column]:
    """The columns of ``y`` by name that a dataset gives as ``target_names``; none for other datasets."""
    return columns_in_order(getattr(molecules, "target_names", ()))


def _value(molecule: Data, number: int, target: Target, columns: Mapping[str, Column], whose: str) -> Tensor:
    label = find_label(molecule, target.name, columns)
    if label is None:
        raise ValueError(f"molecule {number} has no {target.name!r}; leave that target or that molecule out.")
    if target.name in columns:
        require_usual_units([target], whose)
    if target.unit and label.unit not in ("", target.unit):
        raise ValueError(f"{target.name!r} of {whose} is in {label.unit}, not in {target.unit}; leave the unit away.")
    value = label.value.double()
    if value.numel() != math.prod(KINDS[target.kind]):
        raise ValueError(
            f"molecule {number}: {target.name!r} has shape {list(value.shape)}, which is no {target.kind}; "
            "choose another target."
        )
    if not bool(torch.isfinite(value).all()):
        raise ValueError(f"molecule {number}: {target.name!r} is {value.tolist()}; leave that molecule out.")
    return value.reshape(1, *KINDS[target.kind])
