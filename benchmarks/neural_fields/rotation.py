"""What a rotation of the molecule does to its code and to the decoded field."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
import torch

from neural_fields.encoders import Library, codes_of, fit_encoder
from neural_fields.hydration import GRID, read
from torch_molfield.data import Entry, MolFieldData
from torch_molfield.evaluation.fields import decode, psnr
from torch_molfield.geometry.box_grid import box_points
from torch_molfield.testing import random_rotations

#: molecules that are turned
COUNT = 50


def rotation(options: argparse.Namespace) -> dict[str, Any]:
    """For each auto-encoder: change of the code over the distance of two molecules' codes, and error of the field.

    The field of the turned molecule at turned points is compared with that of the molecule as it was.
    """
    library, _, _ = read(options)
    some = Library(library.entries[:COUNT], [])
    return {kind: _errors(fit_encoder(kind, library, options), some, options.seed) for kind in options.encoders}


def _errors(model: Any, library: Library, seed: int) -> dict[str, float]:
    turns = random_rotations(len(library.entries), seed=seed).float()
    turned = Library([_turned(entry, turn) for entry, turn in zip(library.entries, turns, strict=True)], [])
    before, after = codes_of(model, library), codes_of(model, turned)
    between = np.linalg.norm(before[:, None] - before[None], axis=-1)
    change = np.linalg.norm(after - before, axis=1)
    inside = model.half_width / np.sqrt(3)  # the box whichever way it is turned
    points = torch.cat(list(box_points(inside, GRID, torch.zeros(3))))
    differences = []
    with torch.no_grad():
        for one, other, turn in zip(library.targets, turned.targets, turns, strict=True):
            differences.append(decode(model, other)(points @ turn.T) - decode(model, one)(points))
    together = torch.stack(differences)
    return {
        "molecules": len(library.entries),
        "code_change": float(change.mean() / between[between > 0].mean()),
        "field_error_psnr": psnr(together, torch.zeros_like(together)),
        "field_error_largest": float(together.abs().max()),
    }


def _turned(entry: Entry, turn: torch.Tensor) -> Entry:
    return entry._replace(data=MolFieldData(z=entry.data.z, pos=entry.data.pos @ turn.T))
