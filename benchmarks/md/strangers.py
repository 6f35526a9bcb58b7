"""Geometries of molecules that are none of revised MD17's, nor isomers of them."""

from __future__ import annotations

import numpy as np
import torch
from torch_geometric.data import Data

from md.frames import rmd17
from md.setting import Setting
from torch_molfield.data import QM9

#: molecules of QM9, and as many pairs of them
COUNT = 10_000
#: Å; of the bond that joins a pair, and between its other atoms at least
BOND, APART = 1.5, 2.0
#: atoms of a pair at most
LARGEST = 30


def strangers(setting: Setting) -> list[Data]:
    """Molecules of QM9's training part without isomers of the molecules asked for, and pairs of them that are joined by
    a bond in the place of two hydrogens: QM9 ends at nine heavy atoms, aspirin has thirteen."""
    known = {_formula(rmd17(setting, name, "test")[0].z) for name in setting.molecules}
    single = [Data(z=m.z, pos=m.pos) for m in QM9(setting.data, size=COUNT, part="train") if _formula(m.z) not in known]
    random = np.random.default_rng(0)
    pairs: list[Data] = []
    while len(pairs) < COUNT:
        one, other = (single[k] for k in random.integers(len(single), size=2))
        made = joined(one, other, random) if len(one.z) + len(other.z) <= LARGEST else None
        if made is not None and _formula(made.z) not in known:
            pairs.append(made)
    return single + pairs


def joined(one: Data, other: Data, random: np.random.Generator) -> Data | None:
    """``other`` bound to ``one`` where each had a hydrogen, turned about the bond at random; ``None`` if they clash."""
    ends = [_end(molecule, random) for molecule in (one, other)]
    if None in ends:
        return None
    parts = [_along(molecule, *end) for molecule, end in zip((one, other), ends, strict=True)]
    angle = random.uniform(0, 2 * np.pi)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    first, second = parts[0], parts[1] * [1, -1, -1] @ turn.T + [0, 0, BOND]
    near = np.linalg.norm(first[:, None] - second, axis=-1)
    near[ends[0][0], ends[1][0]] = np.inf
    keep = [np.arange(len(part)) != end[1] for part, end in zip(parts, ends, strict=True)]
    if near[np.ix_(*keep)].min() < APART:
        return None
    pos = np.concatenate([first[keep[0]], second[keep[1]]])
    return Data(z=torch.cat([one.z[keep[0]], other.z[keep[1]]]), pos=torch.from_numpy(pos).to(one.pos))


def _end(molecule: Data, random: np.random.Generator) -> tuple[int, int] | None:
    """A heavy atom and a hydrogen on it."""
    hydrogens = (molecule.z == 1).nonzero().flatten().numpy()
    if len(hydrogens) in (0, len(molecule.z)):
        return None
    hydrogen = int(random.choice(hydrogens))
    away = (molecule.pos - molecule.pos[hydrogen]).norm(dim=1)
    return int(torch.where(molecule.z > 1, away, torch.inf).argmin()), hydrogen


def _along(molecule: Data, heavy: int, hydrogen: int) -> np.ndarray:
    """Positions with the heavy atom at 0 and its hydrogen on the z axis."""
    pos = molecule.pos.double().numpy() - molecule.pos[heavy].double().numpy()
    axis = pos[hydrogen] / np.linalg.norm(pos[hydrogen])
    basis = np.linalg.qr(np.column_stack([axis, np.eye(3)[np.abs(axis).argmin()], np.zeros(3)]))[0][:, :2]
    side = basis[:, 1]
    return pos @ np.column_stack([side, np.cross(axis, side), axis])


def _formula(z: torch.Tensor) -> tuple[int, ...]:
    return tuple(sorted(z.tolist()))
