"""Checks of molecules and query points; every public function calls them.

A failed check is a ``ValueError`` whose sentence names the attribute, the molecule of the batch and the remedy. Each
function reads one number from the device; only where something is wrong, more are read to name it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch_geometric.data import Data

from torch_molfield.data.element_tables import SYMBOLS

MAX_ATOMIC_NUMBER = 118
#: Beyond this a float32 coordinate resolves less than 1e-3 Å; float64 keeps 1e-9 Å up to 1e6 Å.
MAX_COORDINATE = {torch.float32: 1.0e4, torch.float64: 1.0e7}
#: Atoms closer than this (Å) are one place written twice, not a molecule.
COINCIDENT = 1.0e-4
#: odd numbers of 63 bits by which cells and molecules are hashed
_MULTIPLIERS = (0x1E3779B97F4A7C15, 0x3F58476D1CE4E5B9, 0x14D049BB133111EB, 0x2545F4914F6CDD1D)


def check_atoms(z: Tensor, pos: Tensor, batch: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
    """Return ``(z [N] int64, pos [N, 3] Å, batch [N] int64)`` or raise ``ValueError``.

    ``batch`` must be sorted and start at 0; ``None`` means one molecule.
    """
    if pos is None:
        raise ValueError("pos is missing: a field needs 3-D coordinates; embed the graph first (e.g. from_smiles).")
    if z is None:
        raise ValueError("z is missing: give the atomic numbers as an integer tensor of shape [N].")
    if not isinstance(pos, Tensor) or pos.dim() != 2 or pos.shape[1] != 3:
        raise ValueError(f"pos must be a tensor of shape [N, 3] in Å, got {_shape(pos)}.")
    if pos.dtype not in MAX_COORDINATE:
        raise ValueError(f"pos has dtype {pos.dtype}; convert it with pos.float() or pos.double().")
    if not isinstance(z, Tensor) or z.shape != pos.shape[:1] or z.dtype.is_floating_point or z.dtype == torch.bool:
        raise ValueError(f"z must be an integer tensor of shape [{pos.shape[0]}] (one per atom), got {_shape(z)}.")
    if pos.shape[0] == 0:
        raise ValueError("pos is empty: a molecule needs at least one atom.")
    if z.device != pos.device:
        raise ValueError(f"z is on {z.device} but pos on {pos.device}; move both to one device.")
    batch = _shaped_batch("batch", batch, pos)
    if not bool(_are_good(z, pos.detach(), batch)):
        _name_fault(z, pos.detach(), batch)
    return z.long(), pos, batch


def check_elements(
    z: Tensor,
    batch: Tensor,
    known: Sequence[int] | None,
    remedy: str = "train it on them or use a closed-form field",
) -> None:
    """``ValueError`` that names all elements that a model has not been trained on; ``None`` accepts all.

    Args:
        z, batch: ``[N]``, checked.
        known: atomic numbers.
        remedy: what the sentence ends with.
    """
    if known is None:
        return
    unknown = ~torch.isin(z, torch.tensor(known, device=z.device))
    if bool(unknown.any()):
        names = ", ".join(f"{SYMBOLS[number - 1]} ({number})" for number in torch.unique(z[unknown]).tolist())
        molecule = int(batch[unknown.nonzero()[0]])
        raise ValueError(
            f"z: this model was not trained on {names}{_place(molecule, batch)}, but on "
            f"{', '.join(SYMBOLS[number - 1] for number in known)}; {remedy}."
        )


def _place(molecule: int, batch: Tensor) -> str:
    """Where it is, unless there is one molecule only, which its caller may know by another number."""
    return f", first met in molecule {molecule} of the batch" if int(batch[-1]) > 0 else ""


def problem_with(check: Callable[[Tensor, Tensor, None], object], data: Data) -> str:
    """Why a model's check does not take a molecule by itself, or nothing."""
    try:
        check(data.z, data.pos, None)
    except ValueError as error:
        return str(error).replace("molecule 0 of the batch", "the molecule")
    return ""


def check_points(points: Tensor, points_batch: Tensor | None, pos: Tensor, num_molecules: int) -> tuple[Tensor, Tensor]:
    """Return ``(points [Q, 3] Å, points_batch [Q] int64)`` or raise ``ValueError``; ``Q = 0`` is allowed."""
    if not isinstance(points, Tensor) or points.dim() != 2 or points.shape[1] != 3:
        raise ValueError(f"points must be a tensor of shape [Q, 3] in Å, got {_shape(points)}.")
    if points.dtype not in MAX_COORDINATE:
        raise ValueError(f"points have dtype {points.dtype}; convert them with points.float() or points.double().")
    if points.device != pos.device:
        raise ValueError(f"points are on {points.device} but pos on {pos.device}; use points.to(pos.device).")
    if points.dtype != pos.dtype:
        raise ValueError(f"points have dtype {points.dtype} but pos {pos.dtype}; use points.to(pos.dtype).")
    if points_batch is None and num_molecules > 1:
        raise ValueError(f"points_batch is missing: the batch has {num_molecules} molecules; say whose each point is.")
    points_batch = _shaped_batch("points_batch", points_batch, points)
    if points.shape[0] and not bool(_are_good_points(points.detach(), points_batch, num_molecules)):
        _name_fault_of_points(points.detach(), points_batch, num_molecules)
    return points, points_batch


def _shaped_batch(name: str, batch: Tensor | None, rows: Tensor) -> Tensor:
    """``[R]`` int64 of the right shape and device; its values are not read."""
    if batch is None:
        return torch.zeros(rows.shape[0], dtype=torch.long, device=rows.device)
    if not isinstance(batch, Tensor) or batch.shape != rows.shape[:1] or batch.dtype.is_floating_point:
        raise ValueError(f"{name} must be an integer tensor of shape [{rows.shape[0]}], got {_shape(batch)}.")
    if batch.device != rows.device:
        raise ValueError(f"{name} is on {batch.device}, its coordinates on {rows.device}; move it there.")
    return batch.long()


def _are_good(z: Tensor, pos: Tensor, batch: Tensor) -> Tensor:
    """Whether :func:`_name_fault` would find nothing, as a tensor; false also where two places share a key."""
    known = ((z >= 1) & (z <= MAX_ATOMIC_NUMBER)).all()
    resolved = (pos.abs() <= MAX_COORDINATE[pos.dtype]).all()  # false for NaN
    step = batch.diff()
    numbered = (batch[0] == 0) & ((step == 0) | (step == 1)).all()
    key = _keys(pos, batch).sort().values
    return known & resolved & numbered & (key[1:] != key[:-1]).all()


def _keys(pos: Tensor, batch: Tensor) -> Tensor:
    """``[N]`` int64 of each atom's molecule and place: equal for one place, for others almost never."""
    columns = (*_cells(pos).long().unbind(1), batch)
    x, y, z, molecule = (column * factor for column, factor in zip(columns, _MULTIPLIERS, strict=True))
    return x + y + z + molecule  # products and sums wrap around


def _cells(pos: Tensor) -> Tensor:
    return (pos.double() / COINCIDENT).round()


def _name_fault(z: Tensor, pos: Tensor, batch: Tensor) -> None:
    """``ValueError`` for the first thing that is wrong with the values, if any."""
    _require_sorted("batch", batch)
    counts = torch.bincount(batch)
    if bool((counts == 0).any()):
        empty = int((counts == 0).nonzero()[0])
        raise ValueError(f"batch: molecule {empty} has no atoms; number the molecules without gaps.")
    _reject(~torch.isfinite(pos).all(dim=1), "pos", batch, "has NaN or infinite coordinates; drop or repair it")
    _reject((z < 1) | (z > MAX_ATOMIC_NUMBER), "z", batch, f"has an atomic number outside 1..{MAX_ATOMIC_NUMBER}")
    limit = MAX_COORDINATE[pos.dtype]
    far = (pos.abs() > limit).any(dim=1)
    _reject(far, "pos", batch, f"has coordinates beyond {limit:g} Å, which {pos.dtype} cannot resolve; centre it first")
    _reject(_repeats(pos, batch), "pos", batch, "has two atoms at one place; remove the duplicate")


def _repeats(pos: Tensor, batch: Tensor) -> Tensor:
    cells = torch.cat([batch[:, None].double(), _cells(pos)], dim=1)
    _, inverse, counts = torch.unique(cells, dim=0, return_inverse=True, return_counts=True)
    return counts[inverse] > 1


def _are_good_points(points: Tensor, points_batch: Tensor, num_molecules: int) -> Tensor:
    sorted_ = (points_batch[1:] >= points_batch[:-1]).all()
    numbered = (points_batch[0] >= 0) & (points_batch[-1] < num_molecules) & sorted_
    return numbered & torch.isfinite(torch.stack(points.aminmax())).all()


def _name_fault_of_points(points: Tensor, points_batch: Tensor, num_molecules: int) -> None:
    _require_sorted("points_batch", points_batch)
    if int(points_batch[-1]) >= num_molecules:
        raise ValueError(f"points_batch names molecule {int(points_batch[-1])}, but there are {num_molecules}.")
    raise ValueError("points contain NaN or infinity; remove those queries.")


def _require_sorted(name: str, batch: Tensor) -> None:
    if bool((batch.diff() < 0).any()) or int(batch[0]) < 0:
        raise ValueError(f"{name} must be sorted and non-negative; sort the rows by molecule first.")


def _reject(bad: Tensor, name: str, batch: Tensor, sentence: str) -> None:
    if bool(bad.any()):
        atom = int(bad.nonzero()[0])
        raise ValueError(f"{name}: molecule {int(batch[atom])} of the batch (atom {atom}) {sentence}.")


def _shape(value: object) -> str:
    return f"{tuple(value.shape)} {value.dtype}" if isinstance(value, Tensor) else type(value).__name__


def check_closed_shells(z: Tensor, batch: Tensor, charge: Tensor | None) -> Tensor:
    """The charges ``[B]`` e of checked atoms; 0 where none is given.

    Raises:
        ValueError: for another number of charges, or an odd or negative number of electrons, with the molecule.
    """
    count = int(batch[-1]) + 1
    given = torch.zeros(count, device=z.device) if charge is None else torch.as_tensor(charge, device=z.device)
    if given.shape != (count,):
        raise ValueError(f"charge must have shape [{count}], one for each molecule, got {list(given.shape)}.")
    electrons = torch.zeros(count, dtype=torch.float64, device=z.device).index_add(0, batch, z.double()) - given
    negative = electrons < -1e-6
    if bool(negative.any()):
        k = int(negative.nonzero()[0])
        raise ValueError(
            f"charge: molecule {k} of the batch has {float(electrons[k] + given[k]):g} electrons when it is neutral, "
            f"too few for charge {float(given[k]):+g}; give its charge."
        )
    odd = (electrons / 2 - (electrons / 2).round()).abs() > 1e-6
    if bool(odd.any()):
        k = int(odd.nonzero()[0])
        total = f"{float(given[k]):+g}" if given[k] else "0"
        raise ValueError(
            f"charge: molecule {k} of the batch would have {float(electrons[k]):g} electrons at charge {total}, and "
            "this model is for closed shells; give its charge, or leave radicals out."
        )
    return given
