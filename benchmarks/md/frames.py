"""Frames of revised MD17, and an order for frames that have none in time."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

import numpy as np
import torch
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import pdist
from scipy.spatial.transform import Rotation
from torch_geometric.data import Data

from md.setting import Setting
from torch_molfield.data import BundledTrajectories, RevisedMD17
from torch_molfield.data.datasets.bundled import BUNDLED_NAMES


def rmd17(setting: Setting, name: str, split: str) -> list[Data]:
    """Atoms of the 1 000 frames of a split of fold 1, shuffled with a fixed seed: a prefix is a fair sample."""
    frames = RevisedMD17(setting.data, name, split)
    order = torch.randperm(len(frames), generator=torch.Generator().manual_seed(0)).tolist()
    return [Data(z=frames[k].z, pos=frames[k].pos) for k in order]


def along_a_path(frames: Sequence[Data]) -> tuple[list[Data], list[float]]:
    """Frames in an order in which neighbours are alike, each turned onto the first, and their places along the way, Å.

    Hierarchical clustering by root-mean-square deviation with optimal leaf order. Without it a network of time, which
    DSR is, would have to jump from frame to frame.
    """
    moved = along_first(frames)
    rows = np.stack([frame.pos.double().numpy().ravel() for frame in moved]) / len(frames[0].z) ** 0.5
    order = leaves_list(linkage(pdist(rows), "average", optimal_ordering=True))
    steps = np.linalg.norm(np.diff(rows[order], axis=0), axis=1)
    places = np.concatenate([[0.0], np.cumsum(np.maximum(steps, 1e-6))])
    return [moved[k] for k in order], places.tolist()


def along_first(frames: Sequence[Data]) -> list[Data]:
    """Frames turned and moved onto the first, where that stays as it is."""
    target = frames[0].pos.double().numpy()
    centre = target.mean(0)
    moved = [copy(frame) for frame in frames]
    for frame in moved:
        turned = _onto(target - centre, _centred(frame)) + centre
        frame.pos = torch.from_numpy(turned).to(frame.pos)
    return moved


def bundled_frames(without: str | None = None) -> list[Data]:
    """Atoms of the training part of all bundled trajectories; ``without`` leaves a molecule out."""
    names = [name for name in BUNDLED_NAMES if name != without]
    return [Data(z=f.z, pos=f.pos) for name in names for f in BundledTrajectories(name).split("train")]


def turned(frame: Data, seed: int) -> Data:
    """The frame in an orientation drawn uniformly."""
    rotation = torch.from_numpy(Rotation.random(random_state=seed).as_matrix()).to(frame.pos)
    return Data(z=frame.z, pos=frame.pos @ rotation.T)


def evenly(items: Sequence, count: int) -> list:
    """``count`` items, each from the middle of its share."""
    return [items[(2 * k + 1) * len(items) // (2 * count)] for k in range(min(count, len(items)))]


def _centred(frame: Data) -> np.ndarray:
    pos = frame.pos.double().numpy()
    return pos - pos.mean(0)


def _onto(target: np.ndarray, rows: np.ndarray) -> np.ndarray:
    rotation, _ = Rotation.align_vectors(target, rows)
    return rotation.apply(rows)


def mean_structure(frames: Sequence[Data]) -> Data:
    """The mean of frames that are turned onto each other already."""
    return Data(z=frames[0].z, pos=torch.stack([frame.pos for frame in frames]).mean(0))
