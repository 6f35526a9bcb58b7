"""What sampling transforms share: one generator per molecule, batches taken apart."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch_geometric.data import Batch, Data

from torch_molfield.data.validation import check_atoms


def sample_generator(seed: int | None, z: Tensor, pos: Tensor) -> torch.Generator | None:
    """Generator of one molecule: ``None`` (the global one) for ``seed=None``, else of the seed mixed with the atoms.

    The same molecule draws the same numbers in every process and order, another molecule draws others. A generator
    kept on the transform would repeat itself in every worker of a loader.
    """
    if seed is None:
        return None
    atoms = z.detach().cpu().long().numpy().tobytes() + pos.detach().cpu().double().contiguous().numpy().tobytes()
    digest = hashlib.sha256(str(seed).encode() + atoms).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:8], "little") >> 1)


def normal(count: int, std: float, like: Tensor, generator: torch.Generator | None) -> Tensor:
    """``[count, 3]`` normal displacements, Å, in the dtype and on the device of ``like``."""
    draw = torch.randn(count, 3, generator=generator, dtype=torch.float64) * std
    return draw.to(device=like.device, dtype=like.dtype)


def atoms_of(data: Data) -> tuple[Tensor, Tensor]:
    """Checked ``(z [N], pos [N, 3])`` of one molecule."""
    z, pos, _ = check_atoms(data.get("z", None), data.get("pos", None))
    return z, pos.detach()


def each_molecule(data: Data, apply: Callable[[Data], Data], follow: Sequence[str]) -> Data:
    """Apply to one molecule, or to each of a batch, which then has ``*_batch`` of the attributes in ``follow``."""
    if not isinstance(data, Batch):
        return apply(data)
    return Batch.from_data_list([apply(item) for item in data.to_data_list()], follow_batch=list(follow))
