"""How alike the encodings are that different tasks learn."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from encoding.problems import Problem, force_problem, property_problem
from encoding.training import trained
from encoding.variants import ENCODING, PENALTY
from torch_molfield.geometry.neighbors import neighbor_pairs
from torch_molfield.geometry.packed import PackedMolecules
from torch_molfield.nn.encodings.analysis import cka_matrix, learned_change
from torch_molfield.nn.encodings.named import named_encodings

#: molecules and distances on which encodings are compared
MOLECULES, DISTANCES = 200, 5000


def similarity(options: argparse.Namespace) -> dict[str, Any]:
    """CKA between tasks of the encodings of distances, on distances of the data, mean over seeds. The tasks are all
    targets of QM9 and all molecules of revised MD17; *whole* is what the encoding is, *change* what training has added
    to the basis that all began with."""
    problems = [property_problem(options, [target], options.sizes[-1]) for target in options.targets]
    problems += [force_problem(options, name, options.frames[-1]) for name in options.molecules]
    return {
        host: {variant: _matrices(problems, host, variant, options) for variant in (ENCODING, PENALTY)}
        for host in options.hosts
    }


def _matrices(problems: Sequence[Problem], host: str, variant: str, options: argparse.Namespace) -> dict[str, Any]:
    kinds: dict[str, Callable[[nn.Module, Tensor], Tensor]] = {"whole": _whole, "change": learned_change}
    total = dict.fromkeys(kinds, 0.0)
    for seed in options.seeds:
        models = {p.name: trained(p, host, variant, seed, options) for p in problems}
        tables = {name: next(iter(named_encodings(model).values())) for name, model in models.items()}
        x = distances(problems[0].test, next(iter(tables.values())))
        for kind, represent in kinds.items():
            total[kind] += cka_matrix({name: represent(each, x) for name, each in tables.items()}) / len(options.seeds)
    return {"names": [p.name for p in problems], **{kind: matrix.tolist() for kind, matrix in total.items()}}


@torch.no_grad()
def _whole(encoding: nn.Module, x: Tensor) -> Tensor:
    return encoding(x)


def distances(molecules: PackedMolecules, encoding: nn.Module) -> Tensor:
    """Distances ``[E]`` (Å) of atoms of molecules within the range of an encoding."""
    _, pos, batch = molecules.take(torch.arange(min(MOLECULES, len(molecules))))
    one, other = neighbor_pairs(pos, pos, encoding.grid.high, batch, batch)
    found = (pos[one] - pos[other])[one < other].norm(dim=1)
    found = found[found > encoding.grid.low]
    return found[:: max(1, len(found) // DISTANCES)]
