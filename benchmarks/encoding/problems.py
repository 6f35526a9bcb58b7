"""What is learned: molecules with values, a network around a host, a loss and an error."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from peers.networks import SMALL_PEERS, Peer
from peers.training import PackedProperties, errors, labelled, scaled
from torch import nn

from encoding.forces import ForceModel, ForceTask, ForceTraining, force_error, frames
from torch_molfield.data.properties import find_targets
from torch_molfield.geometry.packed import PackedMolecules
from torch_molfield.training import PropertyTraining, Task


@dataclass(frozen=True, kw_only=True)
class PenalisedProperties(PropertyTraining):
    """Settings of a training of properties; ``weight`` is the λ of the encodings."""

    weight: float = 0.0


@dataclass(frozen=True)
class Problem:
    """What one network learns.

    Attributes:
        name: part of names of folders and results.
        units: of the errors, by their names.
        train, validation, test: molecules with their values.
        make: the network by the name of its host.
        task: ``(model, learning_rate=, max_steps=, seed=, weight=) -> task`` that trains this model.
        errors: mean absolute errors of a model on molecules, by name.
        score: of these errors of a model, one number for scans.
    """

    name: str
    units: dict[str, str]
    train: PackedMolecules
    validation: PackedMolecules
    test: PackedMolecules
    make: Callable[[str], nn.Module]
    task: Callable[..., Task]
    errors: Callable[[nn.Module, PackedMolecules], dict[str, float]]
    score: Callable[[dict[str, float], nn.Module], float]


def property_problem(options: argparse.Namespace, targets: Sequence[str], size: int) -> Problem:
    """Properties of QM9 at once, from the first ``size`` molecules of its training part."""
    train, validation, test = (
        labelled(options.data, part, count, targets)
        for part, count in (("train", size), ("validation", options.validation), ("test", options.test))
    )

    def make(host: str) -> nn.Module:
        model = Peer(SMALL_PEERS[host](len(targets)), find_targets(targets))
        model.references.measure(train.z, train.owner, train.rows)
        return model

    def task(model: nn.Module, **settings: Any) -> Task:
        return PackedProperties(PenalisedProperties(targets=tuple(targets), **settings), model)

    units = {target.name: target.unit for target in find_targets(targets)}
    name = f"{targets[0] if len(targets) == 1 else 'properties'}-{size}"
    return Problem(name, units, train, validation, test, make, task, errors, scaled)


def force_problem(options: argparse.Namespace, molecule: str, size: int) -> Problem:
    """Forces of one molecule of revised MD17, from ``size`` of the 1000 training frames of its first split; the last 50
    of these are for validation."""
    train, validation, test = frames(options.data, molecule, size, options.test)

    def make(host: str) -> nn.Module:
        return ForceModel(SMALL_PEERS[host](1), train)

    def task(model: nn.Module, **settings: Any) -> Task:
        return ForceTask(ForceTraining(**settings), model)

    def error(model: nn.Module, molecules: PackedMolecules) -> dict[str, float]:
        return {molecule: force_error(model, molecules)}

    def score(found: dict[str, float], model: nn.Module) -> float:
        return found[molecule]

    units = {molecule: "eV/Å"}
    return Problem(f"{molecule}-{size}", units, train, validation, test, make, task, error, score)
