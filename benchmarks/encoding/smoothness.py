"""How rough the learned curves are, and the forces along a bond."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from encoding.problems import Problem, force_problem
from encoding.training import trained
from encoding.variants import variants
from torch_molfield.geometry.bonds import find_bonds
from torch_molfield.nn.encodings.named import named_encodings

#: of the lengths that a bond is given, Å
STEP = 0.004
#: shares of the bond's lengths in training frames between which a scan is *within* the data, and Å beyond them
WITHIN, BEYOND = (0.01, 0.99), 0.25


def smoothness(options: argparse.Namespace) -> dict[str, Any]:
    """Of models of forces: roughness of each encoding (mean square second derivative over variance, Å⁻⁴ or rad⁻⁴), and
    the force on the hydrogen of the first X–H bond while that bond is stretched in an unseen frame; *bend* is the root
    mean square of its second derivative (eV/Å³), within the lengths of training and on the whole scan."""
    found = {}
    for host in options.hosts:
        problems = [force_problem(options, name, options.frames[-1]) for name in options.molecules]
        found[host] = {
            p.name: {v: [_scores(p, trained(p, host, v, s, options)) for s in options.seeds] for v in variants(host)}
            for p in problems
        }
    return found


def _scores(problem: Problem, model: nn.Module) -> dict[str, Any]:
    heavy, hydrogen = _bond(problem)
    low, high = _lengths(problem, heavy, hydrogen).quantile(torch.tensor(WITHIN)).tolist()
    lengths = torch.arange(low - BEYOND, high + BEYOND, STEP)
    force = _scan(model, problem, heavy, hydrogen, lengths)
    bend = np.gradient(np.gradient(force, STEP), STEP)
    inside = (lengths.numpy() >= low) & (lengths.numpy() <= high)
    return {
        "bond": [heavy, hydrogen],
        "within": [low, high],
        "length": lengths.tolist(),
        "force": force.tolist(),
        "bend": {"within": _rms(bend[inside]), "scan": _rms(bend)},
        "roughness": {name: _roughness(encoding) for name, encoding in named_encodings(model).items()},
    }


def _bond(problem: Problem) -> tuple[int, int]:
    z, pos, _ = problem.test.take(torch.tensor([0]))
    bonds = find_bonds(z.numpy(), pos.numpy())
    one, other = next((i, j) for i, j in bonds.tolist() if (z[i] == 1) != (z[j] == 1))
    return (other, one) if z[one] == 1 else (one, other)


def _lengths(problem: Problem, heavy: int, hydrogen: int) -> Tensor:
    pos = problem.train.pos.view(len(problem.train), -1, 3)
    return (pos[:, hydrogen] - pos[:, heavy]).norm(dim=1)


def _scan(model: nn.Module, problem: Problem, heavy: int, hydrogen: int, lengths: Tensor) -> np.ndarray:
    """Force along the bond on the hydrogen, eV/Å, in float64: what is rough is the function, not the arithmetic."""
    z, pos, _ = problem.test.take(torch.tensor([0]))
    frames = pos.double().repeat(len(lengths), 1, 1)
    along = torch.nn.functional.normalize(frames[0, hydrogen] - frames[0, heavy], dim=0)
    frames[:, hydrogen] = frames[:, heavy] + lengths.double()[:, None] * along
    model = model.double()
    batch = torch.arange(len(lengths)).repeat_interleave(len(z))
    parts = [
        model(z.repeat(len(chunk)), frames[chunk].flatten(0, 1), batch[: len(chunk) * len(z)])[1].detach()
        for chunk in torch.arange(len(lengths)).split(50)
    ]
    forces = torch.cat(parts).view(len(lengths), -1, 3)
    return (forces[:, hydrogen] @ along).numpy()


@torch.no_grad()
def _roughness(encoding: nn.Module) -> float:
    x = torch.linspace(encoding.grid.low, encoding.grid.high, 1000, device=encoding.table.device)
    return float(encoding.roughness() / encoding(x).var(0).mean())


def _rms(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(values))))
