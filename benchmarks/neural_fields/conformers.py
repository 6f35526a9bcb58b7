"""An ensemble of conformers in one network, and the chain along the path between two codes."""

from __future__ import annotations

import argparse
from typing import Any

import torch
from once import once
from torch import Tensor

from neural_fields.shapes import frames
from torch_molfield.data.elements import atomic_number
from torch_molfield.evaluation.fields import grid_psnr, path_smoothness
from torch_molfield.fields.maxima import find_maxima
from torch_molfield.fields.targets import FieldTarget
from torch_molfield.geometry.bonds import find_bonds
from torch_molfield.models import MolecularNeuralField
from torch_molfield.models.latent_field import LatentField
from torch_molfield.training import fit_neural_field
from torch_molfield.training.fits.neural_field_settings import several_fit

#: what sharper fields need: knots closer together, more points near atoms
SHARP: dict[str, Any] = {"lattice": 64, "lattice_features": 64}
SHARP_NEAR = 0.6
#: points of a conformer in memory, if --pool does not say
POOL = 50_000
#: of the fields; from RESOLVED on each atom is a maximum of its channel
BETAS, RESOLVED = (0.75, 2.0), 2.0
#: a peak below this share of the channel's maximum is no atom
THRESHOLD = 0.3


def conformers(options: argparse.Namespace) -> dict[str, Any]:
    """Average PSNR over the ensemble, for the paper's fields (β = 0.75) and for sharper ones (β = 2); for those the
    bond lengths of atoms found along paths between two codes (of β = 0.75 even exact fields have no maximum at most
    atoms).

    The paths: between the two conformers that are most alike, and between the first two. Beside them the bonds of the
    atoms themselves on a straight line ("straight").
    """
    return {f"{beta:g}": _ensemble(options, beta) for beta in BETAS}


def _ensemble(options: argparse.Namespace, beta: float) -> dict[str, Any]:
    name = f"conformers-{options.conformers}-{beta:g}-{options.minutes[0]:g}"

    def make() -> dict[str, Any]:
        path = options.data / "traj" / "nmr_2k39_ubiquitin_116models.npz"
        targets = frames(path, options.conformers, beta=beta)
        sharp = beta >= RESOLVED
        near = {"near": SHARP_NEAR} if sharp else {}
        settings = several_fit(len(targets), max_minutes=options.minutes[0], pool=options.pool or POOL, **near)
        checkpoint = options.out / f"{name}.ckpt"
        model, curve = fit_neural_field(targets, settings, network=SHARP if sharp else None, checkpoint=checkpoint)
        values = [grid_psnr(model.shape(k), target, options.grid) for k, target in enumerate(targets)]
        pairs = {"most alike": _most_alike(targets), "first": (0, 1)} if sharp else {}
        paths = {pair: _along(model, targets, *ends, options) for pair, ends in pairs.items()}
        return {"psnr": sum(values) / len(values), "lowest": min(values), "paths": paths, "curve": curve}

    return once(options.out, name, make)


def _most_alike(targets: list[FieldTarget]) -> tuple[int, int]:
    rows = torch.stack([target.pos - target.center for target in targets]).flatten(1)
    apart = torch.cdist(rows, rows).fill_diagonal_(torch.inf)
    first, last = divmod(int(apart.argmin()), len(targets))
    return first, last


def _along(
    model: MolecularNeuralField, targets: list[FieldTarget], first: int, last: int, options: argparse.Namespace
) -> dict[str, Any]:
    path = model.interpolate(first, last, options.steps)
    begin, end = (targets[k].pos - targets[k].center for k in (first, last))
    steps, straight = [], []
    for field, share in zip(path, torch.linspace(0, 1, options.steps).tolist(), strict=True):
        line = torch.lerp(begin, end, share)
        steps.append(bonds(located(field, targets[first], line, options.path_grid), targets[first]))
        straight.append(bonds(line, targets[first]))
    rmsd = float((end - begin).square().sum(-1).mean().sqrt())
    smooth = path_smoothness(path)
    return {"conformers": [first, last], "rmsd": rmsd, "steps": steps, "straight": straight, "smoothness": smooth}


def located(field: LatentField, target: FieldTarget, expected: Tensor, count: int) -> Tensor:
    """Each atom at its element's maximum of the field that is nearest to where it is expected, at most 1 Å from there;
    NaN where there is none. All in Å from the centre of the box.
    """
    grid = field.to_grid(field.spacing(count))
    found = find_maxima(field, grid.values, grid.origin.to(grid.values), field.spacing(count), THRESHOLD)
    channels = {atomic_number(name): k for k, name in enumerate(field.model.channels)}
    own = torch.tensor([channels[int(z)] for z in target.z])
    distance = torch.cdist(expected, (found.points - field.center).to(expected))
    distance[own[:, None] != found.channel[None]] = torch.inf
    nearest, index = distance.min(dim=1)
    return torch.where(nearest[:, None] < 1.0, (found.points - field.center)[index].to(expected), torch.nan)


def bonds(pos: Tensor, target: FieldTarget) -> dict[str, float]:
    """Of the bonds of a conformer: how many have both atoms found, and how many are then as long within 10 %."""
    pairs = torch.as_tensor(find_bonds(target.z, target.pos))
    length, right = ((x[pairs[:, 0]] - x[pairs[:, 1]]).norm(dim=1) for x in (pos, target.pos))
    both = torch.isfinite(length)
    within = both & ((length / right - 1).abs() < 0.1)
    return {"found": float(both.float().mean()), "within": float(within.float().mean())}
