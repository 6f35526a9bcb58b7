"""Time and memory of an encoding beside Gaussian smearing and a linear layer."""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import time
from typing import Any

import numpy as np
import torch
from once import once, plain
from torch import Tensor, nn
from torch_geometric.nn.models.schnet import GaussianSmearing

from torch_molfield.nn import RegularizedPositionalEncoding

CUTOFF, GAUSSIANS = 10.0, 50
KNOTS, CHANNELS = (50, 100, 200), (64, 128)
REPEATS = 5
BASELINE, DENORMAL = "baseline", "baseline, denormal"


def cost(options: argparse.Namespace) -> dict[str, Any]:
    """Seconds (median and spread of repeats) and peak memory (MB above the inputs) of forward + backward for
    ``--distances`` distances in [0, 10] Å, into C channels; *forces*: with the gradient by distances too. Denormal
    numbers count as zero, but for *baseline, denormal*: Gaussians are full of them, which costs a CPU time."""
    kinds = [BASELINE, DENORMAL, *(f"{knots} knots" for knots in KNOTS)]
    return {
        f"{channels} channels": {
            kind: once(
                options.out,
                f"cost-{options.distances}-{channels}-{plain(kind)}",
                lambda k=kind, c=channels: _alone(k, c, options.distances, options.threads),
            )
            for kind in kinds
        }
        for channels in CHANNELS
    }


def _alone(kind: str, channels: int, count: int, threads: int) -> dict[str, Any]:
    """Measured in a process of its own, whose peak memory is nothing else's."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measured, (kind, channels, count, threads))


def _measured(kind: str, channels: int, count: int, threads: int) -> dict[str, Any]:
    torch.set_num_threads(threads)
    torch.set_flush_denormal(kind != DENORMAL)
    torch.manual_seed(0)
    layer, distance = _layer(kind, channels), CUTOFF * torch.rand(count)
    before = _peak()
    found = {"properties": _times(layer, distance)}
    found["memory_mb"] = _peak() - before
    found["forces"] = _times(layer, distance.requires_grad_())
    return found


def _layer(kind: str, channels: int) -> nn.Module:
    if kind in (BASELINE, DENORMAL):
        return nn.Sequential(GaussianSmearing(0.0, CUTOFF, GAUSSIANS), nn.Linear(GAUSSIANS, channels))
    return RegularizedPositionalEncoding(channels, 0.0, CUTOFF, knots=int(kind.split()[0]))


def _times(layer: nn.Module, distance: Tensor) -> dict[str, float]:
    upstream = torch.ones(len(distance), 1).expand(-1, layer(distance[:1]).shape[1])
    taken = []
    for _ in range(REPEATS + 1):
        begun = time.perf_counter()
        layer(distance).backward(upstream)
        taken.append(time.perf_counter() - begun)
    return {"median": float(np.median(taken[1:])), "spread": float(np.ptp(taken[1:]))}


def _peak() -> float:
    """Largest memory of this process so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
