"""What is learned: molecules with values, a network around a host, a loss and an error."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass

import torch
from peers.networks import SMALL_PEERS, Peer
from peers.training import errors, labelled
from torch import nn

from encoding.forces import ForceModel, ForceTask, force_error, frames
from torch_molfield.training import PropertyTask
from torch_molfield.training.packed import PackedMolecules
from torch_molfield.training.targets import find_targets
from torch_molfield.training.timed_task import TimedTask

#: molecules and frames of one step
BATCH, FRAMES = 32, 8


@dataclass(frozen=True)
class Problem:
    """One thing to learn.

    Attributes:
        name: part of names of folders and results.
        unit: of the error.
        batch_size: of trainings.
        train, validation, test: molecules with their values.
        make: the network by the name of its host.
        task: ``(model, learning rate, seconds, seed) -> task``, with what is measured of the training values.
        error: mean absolute error of a model on molecules.
    """

    name: str
    unit: str
    batch_size: int
    train: PackedMolecules
    validation: PackedMolecules
    test: PackedMolecules
    make: Callable[[str], nn.Module]
    task: Callable[[nn.Module, float, float, int], TimedTask]
    error: Callable[[nn.Module, PackedMolecules], float]


def property_problem(options: argparse.Namespace, target: str, size: int) -> Problem:
    """One property of QM9, from the first ``size`` molecules of its training part."""
    train, validation, test = (
        labelled(options.data, part, count, [target])
        for part, count in (("train", size), ("validation", options.validation), ("test", options.test))
    )

    def make(host: str) -> nn.Module:
        model = Peer(SMALL_PEERS[host](1), find_targets([target]))
        model.references.measure(train.z, torch.arange(size).repeat_interleave(train.start.diff()), train.rows)
        return model

    def task(model: nn.Module, rate: float, seconds: float, seed: int) -> TimedTask:
        return PropertyTask(model, rate, None, seconds, seed)

    def error(model: nn.Module, molecules: PackedMolecules) -> float:
        return errors(model, molecules)[target]

    unit = find_targets([target])[0].unit
    return Problem(f"{target}-{size}", unit, BATCH, train, validation, test, make, task, error)


def force_problem(options: argparse.Namespace, molecule: str, size: int) -> Problem:
    """Forces of one molecule of revised MD17, from ``size`` of the 1000 training frames of its first split; the last 50
    of these are for validation."""
    train, validation, test = frames(options.data, molecule, size, options.test)

    def make(host: str) -> nn.Module:
        return ForceModel(SMALL_PEERS[host](1), train)

    return Problem(f"{molecule}-{size}", "eV/Å", FRAMES, train, validation, test, make, ForceTask, force_error)
