"""Entries of a library as arrays: the molecules that could be encoded, and the others with the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from torch_molfield.data import Entry, MolFieldData
from torch_molfield.encode.batches import encode_batches
from torch_molfield.encode.encoders import Encoder, TokenEncoder
from torch_molfield.models.molfield import MolField
from torch_molfield.models.property_molfield import PropertyMolField


def encode(
    model: MolField | PropertyMolField | Encoder,
    entries: Iterable[Entry],
    batch_size: int | None = None,
    keep_tokens: bool = False,
    progress: Callable[[float], None] = lambda more: None,
) -> dict[str, np.ndarray]:
    """Encode entries of a library.

    Args:
        model: a model with tokens, or an encoder.
        entries: molecules with number and name, as ``iterate_library`` gives them.
        batch_size: largest number of molecules per call of the model; by default as many as memory allows.
        keep_tokens: whether all tokens are kept, not only their mean.
        progress: called with the number of entries done since the last call; reading an entry counts as half of it, as
            making a conformer can take longer than encoding it.

    Returns:
        ``number [M]``, ``name [M]`` and ``smiles [M]`` (empty if there is none) of the M molecules that could be
            encoded; the arrays of the encoder (:class:`TokenEncoder`: ``pooled [M, D]`` and with ``keep_tokens``
            ``tokens [M, T, D]``, invariant to pose); ``failed [K]``, ``failed_name [K]`` and ``problem [K]``, numbers,
            names and reasons of the others.
    """
    encoder = TokenEncoder(model, keep_tokens) if isinstance(model, (MolField, PropertyMolField)) else model
    good: list[tuple[Entry, MolFieldData]] = []
    failed: list[tuple[int, str, str]] = []
    for entry in entries:
        problem = entry.problem if entry.data is None else encoder.problem(entry.data)
        if entry.data is None or problem:
            failed.append((entry.number, entry.name, problem))
            progress(1.0)
        else:
            entry.data.entry = entry.number  # the name of files that an encoder writes
            good.append((entry, entry.data))
            progress(0.5)
    columns, problems = encode_batches(encoder, [data for _, data in good], batch_size, lambda n: progress(0.5 * n))
    failed = sorted(failed + [(good[k][0].number, good[k][0].name, problem) for k, problem in problems.items()])
    good = [pair for k, pair in enumerate(good) if k not in problems]
    return {
        "number": np.array([entry.number for entry, _ in good], dtype=np.int64),
        "name": np.array([entry.name for entry, _ in good], dtype=str),
        "smiles": np.array([data.get("smiles", "") for _, data in good], dtype=str),
        **columns,
        "failed": np.array([number for number, _, _ in failed], dtype=np.int64),
        "failed_name": np.array([name for _, name, _ in failed], dtype=str),
        "problem": np.array([problem for _, _, problem in failed], dtype=str),
    }
