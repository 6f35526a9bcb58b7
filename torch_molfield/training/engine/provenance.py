"""Fingerprints of what a training was begun with: its molecules, the model it started from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch_geometric.data import Data


def fingerprint(value: Any) -> str:
    """SHA-256 of what is in ``value``: tensors, modules (their weights), molecules (elements and positions), numbers,
    text, and mappings and sequences of these."""
    digest = hashlib.sha256()
    for piece in _pieces(value):
        digest.update(piece)
    return digest.hexdigest()


def _pieces(value: Any) -> Iterator[bytes]:
    if isinstance(value, Tensor):
        yield f"{value.dtype} {tuple(value.shape)}".encode()
        yield value.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
    elif isinstance(value, nn.Module):
        yield from _pieces(value.state_dict())
    elif isinstance(value, Data):
        yield from _pieces([value.z, value.pos])
    elif isinstance(value, Mapping):
        for name, entry in value.items():
            yield from _pieces(name)
            yield from _pieces(entry)
    elif value is None or isinstance(value, str | int | float):
        yield repr(value).encode()
    elif not hasattr(value, "__getitem__"):  # tables of molecules
        yield from _pieces(vars(value))
    else:  # PyG's datasets are sequences without being Sequence
        for k in range(len(value)):
            yield from _pieces(value[k])
