"""Encoding of molecules in batches of similar size and bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from torch_molfield.data import MolFieldData
from torch_molfield.data.finite import not_finite
from torch_molfield.encode.encoders import SIZE, Encoder
from torch_molfield.evaluation.chunks import chunks_by_size
from torch_molfield.evaluation.prediction import BATCH

NO_MEMORY = "there is not enough memory for the molecule alone; leave it out, or use a computer with more."


@torch.no_grad()
def encode_batches(
    encoder: Encoder,
    molecules: Sequence[MolFieldData],
    batch_size: int | None = None,
    progress: Callable[[float], None] = lambda more: None,
) -> tuple[dict[str, np.ndarray], dict[int, str]]:
    """Encode M molecules, and tell what is wrong with those that cannot be encoded.

    A batch that the encoder refuses, or for which memory is not sufficient, is halved until it is one molecule, which
    then has a problem; the others keep their arrays.

    Args:
        encoder: the encoder.
        molecules: molecules for which :meth:`Encoder.problem` finds nothing wrong.
        batch_size: largest number of molecules per call; by default as many as memory allows.
        progress: called with the number of molecules done since the last call.

    Returns:
        By name arrays ``[G, ...]`` of the G molecules with finite arrays, in their order, and problems by index. If
            lengths differ between molecules, the arrays of all are concatenated, and their lengths ``[G]`` are in
            another array, whose name ends in ``"_size"``.
    """
    waiting = _batches([len(molecule.z) for molecule in molecules], batch_size)
    rows: dict[int, dict[str, Tensor]] = {}
    problems: dict[int, str] = {}
    while waiting:
        batch = waiting.pop(0)
        made, problem = _arrays(encoder, [molecules[place] for place in batch])
        if made is None and len(batch) > 1:
            middle = len(batch) // 2
            waiting[:0] = [batch[:middle], batch[middle:]]
            continue
        found = {0: problem} if made is None else _not_finite(made)
        problems |= {batch[k]: sentence for k, sentence in found.items()}
        good = [k for k in range(len(batch)) if k not in found]
        rows |= {batch[k]: {name: values[k] for name, values in (made or {}).items()} for k in good}
        progress(len(batch))
    kept = [rows[place] for place in sorted(rows)]
    arrays: dict[str, np.ndarray] = {}
    for name, shape in encoder.shapes.items():
        values, dtype = [row[name] for row in kept], encoder.dtype_of(name)
        if shape[:1] == (-1,):
            arrays[name] = torch.cat([torch.empty((0, *shape[1:]), dtype=dtype), *values]).numpy()
            arrays[name + SIZE] = np.array([len(value) for value in values], dtype=np.int64)
        else:
            arrays[name] = (torch.stack(values) if values else torch.empty((0, *shape), dtype=dtype)).numpy()
    return arrays, problems


def _batches(sizes: Sequence[int], batch_size: int | None) -> list[list[int]]:
    """Places of the molecules of each batch, from the smallest ``sizes`` (atoms) to the largest, so that little is
    padding."""
    chunks = chunks_by_size(sizes) if batch_size is None else [sorted(range(len(sizes)), key=sizes.__getitem__)]
    most = BATCH if batch_size is None else batch_size
    return [chunk[k : k + most] for chunk in chunks for k in range(0, len(chunk), most)]


def _arrays(encoder: Encoder, batch: Sequence[MolFieldData]) -> tuple[dict[str, list[Tensor]] | None, str]:
    """What the encoder makes of each molecule of a batch, on the CPU; or nothing, and why."""
    try:
        found = encoder.encode(batch).items()
        return {name: [row.to("cpu", encoder.dtype_of(name)) for row in values] for name, values in found}, ""
    except ValueError as error:
        return None, str(error)
    except (RuntimeError, MemoryError) as error:
        if not _is_lack_of_memory(error):
            raise
        return None, NO_MEMORY


def _is_lack_of_memory(error: Exception) -> bool:
    """Whether memory of a GPU, of Python or of torch on the CPU (which has no class for it) has run out."""
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or "can't allocate memory" in str(error)


def _not_finite(arrays: dict[str, list[Tensor]]) -> dict[int, str]:
    """The sentence for each molecule with NaN or infinity, by its place."""
    return not_finite({name: torch.stack([row.double().sum() for row in rows]) for name, rows in arrays.items()})
