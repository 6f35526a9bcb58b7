"""Generators that are trained alike: the same molecules, time, search of learning rates, optimiser and schedule."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from once import once
from torch import nn
from torch_geometric.data import Data

from peers.atom_flow import AtomFlowTask
from peers.edm import STEPS, EDMTask
from peers.latent_prior import LatentPriorTask
from peers.log import steps
from peers.site_autoencoder import SiteAutoencoderTask, reconstruction
from torch_molfield.nn.generative.sampler import Schedule
from torch_molfield.training import train
from torch_molfield.training.batches.sites import SiteTable
from torch_molfield.training.engine.progress import quiet_lightning
from torch_molfield.training.engine.task import Task, TrainingDiverged
from torch_molfield.training.tasks.generator import GeneratorTask

#: settings of a training, and the model of the stage before -> its task
MakeTask = Callable[[dict[str, Any], Any], Task]
#: model, how many samples, seed -> molecules
Sample = Callable[[Any, int, int], Sequence[Data]]

FLOW = Schedule(renoise_after=1.0)


class SiteFlowTask(GeneratorTask):
    """The package's own, for molecules that may be prepared already."""

    def prepare(self, molecules: Any) -> SiteTable:
        return molecules if isinstance(molecules, SiteTable) else super().prepare(molecules)


@dataclass(frozen=True)
class Peer:
    """A generator.

    Attributes:
        stages: trainings in their order, which share the time equally; the last one makes the generator.
        samplers: by name.
        report: what else is told of the models of the stages, by name, and validation molecules in the form of the
            first stage.
    """

    stages: Mapping[str, MakeTask]
    samplers: Mapping[str, Sample]
    report: Callable[[Mapping[str, Any], Any], dict[str, Any]] = lambda models, data: {}


def make_peers(edm_steps: int = STEPS) -> dict[str, Peer]:
    """All by name; ``edm_steps`` are taken of EDM's 1000 when it samples."""
    ours = {"flow": _with(FLOW), "fresh noise": _with(Schedule())}
    return {
        "ours": Peer({"sites": lambda settings, _: SiteFlowTask(settings)}, ours),
        "edm": Peer(
            {"diffusion": lambda settings, _: EDMTask(settings)},
            {f"ancestral, {edm_steps} steps": lambda model, count, seed: model.sample(count, seed, edm_steps)},
        ),
        "atom flow": Peer({"atoms": lambda settings, _: AtomFlowTask(settings)}, ours),
        "latent": Peer(
            {
                "autoencoder": lambda settings, _: SiteAutoencoderTask(settings),
                "prior": LatentPriorTask,
            },
            {
                "flow": lambda model, count, seed: model.sample(count, seed),
                "fresh noise": lambda model, count, seed: model.sample(count, seed, renoise_after=0.4),
            },
            lambda models, data: {"reconstruction": reconstruction(models["autoencoder"], data)},
        ),
    }


def _with(schedule: Schedule) -> Sample:
    return lambda model, count, seed: model.sample(count, seed, schedule=schedule)


@dataclass(frozen=True)
class Trainings:
    """How every generator is trained.

    Attributes:
        molecules, validation: of training and of validation.
        folder: of checkpoints and of results of the searches.
        rates: learning rates that are tried.
        length, search_length: settings of the time, ``{"max_minutes": 60.0}``, of a generator and of a trial.
        settings: of every training besides.
    """

    molecules: Sequence[Data]
    validation: Sequence[Data]
    folder: Path
    rates: Sequence[float]
    length: Mapping[str, float]
    search_length: Mapping[str, float]
    settings: Mapping[str, Any]

    def run(self, name: str, peer: Peer, seed: int) -> tuple[nn.Module, dict[str, Any]]:
        """The generator, and how it was trained; what an earlier run has left is continued."""
        quiet_lightning()
        model, models, facts = None, {}, {}
        share = len(peer.stages)
        for stage, make in peer.stages.items():
            plain = f"{name}-{stage}".replace(" ", "-")
            molecules = self._prepared(make, model, None, self.molecules)
            losses = {}
            for rate in self.rates:
                trial = f"{plain}-{rate:g}"
                losses[rate] = once(
                    self.folder, trial, partial(self._trial, make, model, molecules, rate, seed, share, trial)
                )
            rate = min(losses, key=losses.__getitem__)
            directory = self.folder / f"{plain}-seed-{seed}"
            task = make(self._settings(self.length, share, rate, seed), model)
            model = self._train(task, molecules, directory)
            models[stage] = model
            facts[stage] = {
                "rate": rate,
                "losses": {f"{rate:g}": loss for rate, loss in losses.items()},
                "loss": self._loss(task),
                "steps": steps(directory),
                "batch_size": task.settings.batch_size,
                "parameters": sum(p.numel() for p in task.model.parameters() if p.requires_grad),
            }
        first = next(iter(peer.stages))
        validation = self._prepared(peer.stages[first], None, models[first], self.validation)
        return model, {"stages": facts, **peer.report(models, validation)}

    def _prepared(self, make: MakeTask, before: Any, model: Any, molecules: Sequence[Data]) -> Any:
        """Molecules in the form of a stage, for a new model or for this one."""
        task = make(self._settings(self.length, 1, self.rates[0], 0), before)
        if model is not None:
            task.take(model)
        return task.prepare(molecules)

    def _settings(self, length: Mapping[str, float], share: int, rate: float, seed: int) -> dict[str, Any]:
        limits = {key: type(value)(value / share) for key, value in length.items()}
        return {**limits, **self.settings, "learning_rate": rate, "seed": seed}

    def _trial(
        self, make: MakeTask, before: Any, molecules: Any, rate: float, seed: int, share: int, name: str
    ) -> float:
        """Validation loss of a short training, infinite where it diverged."""
        task = make(self._settings(self.search_length, share, rate, seed), before)
        try:
            self._train(task, molecules, self.folder / f"search-{name}")
        except TrainingDiverged:
            return math.inf
        return self._loss(task)

    def _train(self, task: Task, molecules: Any, directory: Path) -> nn.Module:
        return train(
            task, molecules, directory=directory, resume=directory.is_dir(), progress_bar=False, accelerator="cpu"
        )

    def _loss(self, task: Task) -> float:
        """Mean validation loss of a trained task. Without the term of the numbers of atoms: a histogram is not learned,
        and makes it infinite where no training molecule has so many."""
        batches = task.batches(task.prepare(self.validation), seed=0).epoch()
        total, number = 0.0, 0
        for k in range(len(batches)):
            terms = task.scores(batches[k], k)
            count = terms.pop("loss")[1]
            weighted = (
                task.weights.get(term, 1.0) * float(mean) for term, (mean, _) in terms.items() if term != "sizes"
            )
            total, number = total + count * sum(weighted), number + count
        return total / number


def timed(sample: Sample, model: Any, count: int, seed: int) -> tuple[list[Data], float]:
    """Samples, and processor seconds per sample."""
    started = time.process_time()
    molecules = list(sample(model, count, seed))
    return molecules, (time.process_time() - started) / count
