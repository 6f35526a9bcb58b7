"""Positions in a molecule's own frame."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from torch import Tensor
from torch_geometric.data import Batch, Data
from torch_geometric.data.datapipes import functional_transform
from torch_geometric.transforms import BaseTransform

from torch_molfield.data.validation import check_atoms
from torch_molfield.geometry.continuity import continuous_frames
from torch_molfield.geometry.frames import frames_of_checked
from torch_molfield.geometry.precision import full_precision

#: attributes that are places (turned and shifted) where a sample has them
PLACES = ("pos", "points", "surface_pos", "eikonal_pos")
#: attributes that are turned alone; ``force`` is that of PyG's MD17
VECTORS = ("forces", "force", "dipole", "atomic_dipoles", "surface_normal", "field_gradients")
#: attributes that are turned on both sides
TENSORS = ("polarizability", "quadrupole")


@functional_transform("molfield_canonical_frame")
class CanonicalFrame(BaseTransform):
    """Replace positions by canonical coordinates x* and store the frame: x = R x* + origin.

    Writes ``frame_rotation [1, 3, 3]`` (columns = canonical axes in the old coordinates) and ``frame_origin [1, 3]`` in
    Å; for a batch ``[B, 3, 3]`` and ``[B, 3]``. ``pos``, ``points``, ``surface_pos`` and ``eikonal_pos`` are rotated
    and shifted, the attributes in ``vectors`` and ``tensors`` rotated. If a sample already has a frame, the two are
    composed. :meth:`inverse` restores the old coordinates.

    A symmetric molecule has several frames of equal weight, of which one is chosen: its coordinates are canonical up to
    the symmetry (the models average over all frames). Otherwise the frame with the largest weight is used.

    Args:
        per: ``"molecule"``; or ``"trajectory"``: the batch holds the steps of one trajectory in order of time, and the
            frames follow the molecule without flips (:func:`~torch_molfield.geometry.continuity.continuous_frames`).
        vectors: attributes ``[rows, 3]`` or ``[rows, C, 3]`` that rotate with the molecule; those that a sample does
            not have are ignored.
        tensors: attributes ``[rows, 3, 3]``, likewise.

    Raises:
        ValueError: for an unknown ``per`` or malformed atoms; for a ``"trajectory"`` of different molecules.
    """

    def __init__(
        self, per: str = "molecule", vectors: Sequence[str] = VECTORS, tensors: Sequence[str] = TENSORS
    ) -> None:
        if per not in ("molecule", "trajectory"):
            raise ValueError(f"per must be 'molecule' or 'trajectory', got {per!r}.")
        self.per = per
        self.vectors, self.tensors = tuple(vectors), tuple(tensors)

    @full_precision
    def forward(self, data: Data) -> Data:
        """Return a copy in canonical coordinates; the caller's tensors are not changed."""
        batch = data.batch if isinstance(data, Batch) else None
        z, pos, batch = check_atoms(data.get("z", None), data.get("pos", None), batch)
        rotation, origin = self._frames(z, pos, batch)
        result = copy.copy(data)
        self._turn_all(result, rotation, -origin)
        if data.get("frame_rotation", None) is not None:
            old = data.frame_rotation.to(rotation.dtype)
            origin = torch.einsum("bij,bj->bi", old, origin) + data.frame_origin
            rotation = old @ rotation
        _store(result, "frame_rotation", rotation)
        _store(result, "frame_origin", origin)
        return result

    @full_precision
    def inverse(self, data: Data) -> Data:
        """Return a copy in the coordinates before the transform, without the frame.

        Raises:
            ValueError: for a sample without a frame.
        """
        rotation, origin = data.get("frame_rotation", None), data.get("frame_origin", None)
        if rotation is None or origin is None:
            raise ValueError("frame_rotation or frame_origin is missing; apply CanonicalFrame to the sample first.")
        result = copy.copy(data)
        back = rotation.mT
        self._turn_all(result, back, torch.einsum("bij,bj->bi", back, origin))
        del result.frame_rotation, result.frame_origin
        return result

    def _frames(self, z: Tensor, pos: Tensor, batch: Tensor) -> tuple[Tensor, Tensor]:
        if self.per == "molecule":
            frames = frames_of_checked(z, pos, batch)
            return frames.rotation[frames.heaviest()], frames.origin
        count = int(batch[-1]) + 1
        steps = z.reshape(count, -1) if len(z) % count == 0 else z[:0].reshape(0, 1)
        if len(steps) == 0 or bool((torch.bincount(batch) != steps.shape[1]).any()) or bool((steps != steps[0]).any()):
            raise ValueError(
                "per='trajectory' needs steps of one molecule with the atoms in the same order at every step."
            )
        return continuous_frames(steps[0], pos.reshape(count, -1, 3))

    def _turn_all(self, data: Data, rotation: Tensor, shift: Tensor) -> None:
        """``x ← Rᵀ (x + shift)`` of places, ``v ← Rᵀ v`` and ``t ← Rᵀ t R``, with the frame of each row's molecule."""
        for key, value in _present(data, PLACES):
            owner = _owner(data, key, value, value.dim() == 2)
            moved = value + shift.to(value.dtype)[owner]
            data[key] = torch.einsum("nji,nj->ni", rotation.to(value.dtype)[owner], moved)
        for key, value in _present(data, self.vectors):
            owner = _owner(data, key, value, value.dim() in (2, 3))
            data[key] = torch.einsum("nji,n...j->n...i", rotation.to(value.dtype)[owner], value)
        for key, value in _present(data, self.tensors):
            turn = rotation.to(value.dtype)[_owner(data, key, value, value.dim() == 3 and value.shape[1] == 3)]
            data[key] = turn.mT @ value @ turn

    def __repr__(self) -> str:
        return f"{type(self).__name__}(per={self.per!r}, vectors={self.vectors!r}, tensors={self.tensors!r})"


def _present(data: Data, keys: Sequence[str]) -> list[tuple[str, Tensor]]:
    """Those of the attributes that the data have, with rows."""
    values = [(key, data.get(key, None)) for key in keys]
    return [(key, value) for key, value in values if isinstance(value, Tensor) and value.numel() > 0]


def _owner(data: Data, key: str, value: Tensor, fits: bool) -> Tensor:
    """Molecule ``[rows]`` of each row of an attribute, whose number of axes ``fits``."""
    if not fits or value.shape[-1] != 3:
        raise ValueError(f"{key} must have rows of vectors or tensors to be turned, got {list(value.shape)}.")
    if not isinstance(data, Batch):
        return torch.zeros(value.shape[0], dtype=torch.long, device=value.device)
    if key not in data._slice_dict:
        raise ValueError(f"{key} was set after batching, so its rows have no molecule; set it before.")
    rows = data._slice_dict[key].diff().to(value.device)
    return torch.repeat_interleave(torch.arange(rows.shape[0], device=value.device), rows)


def _store(data: Data, key: str, value: Tensor) -> None:
    """Set one row a molecule; a batch must know the rows to be taken apart again."""
    data[key] = value
    if isinstance(data, Batch):
        count = value.shape[0]
        data._slice_dict = {**data._slice_dict, key: torch.arange(count + 1)}
        data._inc_dict = {**data._inc_dict, key: torch.zeros(count, dtype=torch.long)}
