"""How much a prediction depends on how the molecule is turned and on where the integration points are."""

from __future__ import annotations

import torch
from torch import Tensor

from quantum.setting import TARGET, Setting
from torch_molfield.geometry.atom_grids import AtomGrid, ball_grid, shell_grid
from torch_molfield.geometry.packed import PackedMolecules
from torch_molfield.models import QuantumDeepField
from torch_molfield.testing import random_rotations

#: other points for the published model: what it is evaluated on → (radius, spacing, shift), Å
BALLS = {
    "spacing 0.31 Å, the same 56 points": (0.775, 0.31, 0.0),
    "shift of 0.05 Å": (0.75, 0.3, 0.05),
    "radius 0.80 Å": (0.80, 0.3, 0.0),
    "spacing 0.29 Å": (0.75, 0.29, 0.0),
    "spacing 0.25 Å": (0.75, 0.25, 0.0),
    "spacing 0.20 Å": (0.75, 0.20, 0.0),
}
#: Å along x, y and z, by which a quadrature model's points about all atoms are moved
SHIFT = 0.05
#: for a quadrature model: (shells, degree, reach)
SHELLS = {
    "coarse: 7 shells, degree 7, 3.5 Å": (7, 7, 3.5),
    "coarse: 18 shells, degree 21, 4.5 Å": (18, 21, 4.5),
    "fine: 36 shells, degree 47, 6.0 Å": (36, 47, 6.0),
}
#: points of the integral that electrons are counted with
FINE = (40, 47, 8.0)
#: molecules whose electrons are counted
COUNTED = 5


@torch.no_grad()
def grids(setting: Setting) -> dict:
    """Mean and largest |ΔE| (eV) on ``--test`` test molecules by a random rotation of each, and by other points; and
    the mean absolute error of each row."""
    molecules = setting.small("test", setting.test)
    found = {"faithful": table(QuantumDeepField.from_reference(setting.archive), molecules, _balls())}
    if setting.quadrature is not None:
        model = QuantumDeepField.from_pretrained(setting.quadrature)
        found["quadrature"] = table(model, molecules, _shells())
        few = [int(k) for k in range(min(COUNTED, len(molecules)))]
        found["quadrature"]["electrons"] = {"largest_error": counted(model, molecules, few)}
    return found


def _balls() -> dict[str, AtomGrid]:
    return {name: ball_grid(*given) for name, given in BALLS.items()}


def _shells() -> dict[str, AtomGrid]:
    own = shell_grid()
    shifted = {f"points shifted by {SHIFT} Å": own._replace(local=own.local + SHIFT)}
    return shifted | {name: shell_grid(*given) for name, given in SHELLS.items()}


def table(model: QuantumDeepField, molecules: PackedMolecules, others: dict[str, AtomGrid]) -> dict:
    z, pos, batch = molecules.take(torch.arange(len(molecules)))
    true, own = molecules.rows[TARGET], model(z, pos, batch)
    turn = random_rotations(len(molecules), seed=0)
    turned = torch.einsum("nij,nj->ni", turn[batch], pos.double()).to(pos.dtype)
    spun = random_rotations(len(z), seed=1)
    rows = {
        "its own points": own,
        "the molecule turned": model(z, turned, batch),
        "the points of each atom turned": model(z, pos, batch, turns=spun),
    }
    rows |= {name: model(z, pos, batch, grid=grid) for name, grid in others.items()}
    return {name: _row(values, own, true) for name, values in rows.items()}


def _row(values: Tensor, own: Tensor, true: Tensor) -> dict[str, float]:
    change = (values - own).abs()
    return {"mean": float(change.mean()), "largest": float(change.max()), "mae": float((values - true).abs().mean())}


def counted(model: QuantumDeepField, molecules: PackedMolecules, chosen: list[int]) -> float:
    """Largest |∫ρ − N_e| by a grid much finer than any that the model uses, e."""
    grid, worst = shell_grid(*FINE), 0.0
    for block in model.blocks(*molecules.take(torch.tensor(chosen)), grid=grid):
        parts = model.functions(block, grid).points
        electrons = sum((part.weight.double() * psi.double().square().sum(-1)).sum(1) for part, psi in parts)
        worst = max(worst, float((electrons - block.electrons).abs().max()))
    return worst
