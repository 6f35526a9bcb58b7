"""Where the training of a quadrature model begins."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from torch_molfield.data.validation import MAX_ATOMIC_NUMBER
from torch_molfield.geometry.atom_grids import shell_grid
from torch_molfield.geometry.packed import PackedMolecules
from torch_molfield.models import QuantumDeepField

#: molecules that are looked at, and points: shells, degree, reach (Å)
MOLECULES, POINTS = 400, (8, 9, 3.5)
#: e; points of fewer electrons are left out of the statistics of the first layers, and so are all but a share of them
FEWEST, SHARE = 1e-4, 0.1
#: directions of less than this share of the largest variance are not stretched to 1
SMALLEST = 1e-4
#: spread of a sum of D features of spread 1 with a typical weight, in units of that of the property
LOUDNESS = 4.0


@torch.no_grad()
def whiten_functional(model: QuantumDeepField, molecules: PackedMolecules, seed: int = 0) -> None:
    """Let the functional of a new model begin with standardised numbers (cf. Mishkin and Matas 2016, arXiv 1511.06422).

    What enters every activation has mean 0 and variance 1 over the electrons of some molecules, uncorrelated in the
    first layer; and what is read of a molecule, less what its composition explains, is uncorrelated, of variance 1,
    over molecules. The functions of different atoms are much alike, and what differs between molecules is a small
    part of them, which gradients of an ordinary start hardly see.
    """
    generator = torch.Generator().manual_seed(seed)
    chosen = torch.randperm(len(molecules), generator=generator)[:MOLECULES]
    functional = model.functional
    psi, weight = _electrons(model, molecules, chosen, generator)
    hidden = psi * functional.width**0.5
    mixing: Tensor | None = _whitening(hidden.double(), weight)
    for layer in functional.layers:
        _standardise_layer(layer, hidden, weight, mixing)
        hidden, mixing = nn.functional.silu(layer(hidden)), None
    _standardise_sums(model, molecules, chosen)


def _standardise_layer(layer: nn.Module, hidden: Tensor, weight: Tensor, mixing: Tensor | None) -> None:
    """An orthogonal linear layer, after ``mixing``, whose output has mean 0 and variance 1 over weighted rows."""
    matrix = nn.init.orthogonal_(torch.empty(hidden.shape[1], hidden.shape[1], dtype=torch.float64))
    matrix = matrix if mixing is None else matrix @ mixing
    out = hidden.double() @ matrix.T
    mean = weight @ out
    spread = (weight @ (out - mean).square()).sqrt()
    layer.get_parameter("weight").copy_(matrix / spread[:, None])
    layer.get_parameter("bias").copy_(-mean / spread)


def _electrons(
    model: QuantumDeepField, molecules: PackedMolecules, chosen: Tensor, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """ψ ``[P, D]`` at some points and the shares ``[P]`` of all electrons there, float64."""
    grid, rows, weights = shell_grid(*POINTS), [], []
    for block in model.blocks(*molecules.take(chosen), grid=grid):
        for part, psi in model.functions(block, grid).points:
            electrons = part.weight * psi.square().sum(-1)
            kept = (electrons > FEWEST) & (torch.rand(electrons.shape, generator=generator) < SHARE)
            rows.append(psi[kept])
            weights.append(electrons[kept].double())
    weight = torch.cat(weights)
    return torch.cat(rows), weight / weight.sum()


def _standardise_sums(model: QuantumDeepField, molecules: PackedMolecules, chosen: Tensor) -> None:
    functional, grid = model.functional, shell_grid(*POINTS)
    sums, measures, counts = [], [], []
    for block in model.blocks(*molecules.take(chosen), grid=grid):
        found = [functional(psi, part.weight) for part, psi in model.functions(block, grid).points]
        sums.append(torch.stack([total for total, _ in found]).sum(0).double())
        measures.append(torch.stack([measure for _, measure in found]).sum(0).double())
        counts.append(nn.functional.one_hot(block.z, MAX_ATOMIC_NUMBER + 1).sum(1)[:, 1:].double())
    total, measure, count = (torch.cat(column) for column in (sums, measures, counts))
    functional.mean.copy_((total * measure[:, None]).sum(0) / measure.square().sum())
    rest = total - count @ torch.linalg.lstsq(count, total, driver="gelsd").solution
    share = torch.full((len(rest),), 1 / len(rest), dtype=torch.float64)
    scale = count.sum(1).mean() / LOUDNESS  # references divide by the mean number of atoms
    functional.mixing.copy_(scale * _whitening(rest, share, symmetric=False))


def _whitening(rows: Tensor, weight: Tensor, symmetric: bool = True) -> Tensor:
    """A matrix ``[D, D]`` that takes the covariance of the rows to 1."""
    away = rows - weight @ rows
    value, vector = torch.linalg.eigh((weight[:, None] * away).T @ away)
    stretched = vector * value.clamp_min(SMALLEST * value[-1]).rsqrt()
    return stretched @ vector.T if symmetric else stretched
