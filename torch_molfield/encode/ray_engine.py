"""Shards on the workers of a Ray cluster, by Ray Data; the extra ``ray``.

Ray: Moritz et al., OSDI 2018. Workers read the library and write the shards themselves, so the folders of both must be
seen by all nodes under one path, as for jobs of an array.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from torch_molfield.encode.shard_maker import Progress, ShardMaker, ShardPlan
from torch_molfield.optional import import_extra

#: workers that may be killed over one shard before the run gives up; Ray itself would go on for ever
MOST_KILLED = 4
#: ending of the file that has a letter for each worker that began a shard
TRIES = ".tries"
#: shards that wait at each worker, so that none is idle
IN_FLIGHT = 2
#: times that a local cluster is tried to start: Ray gives up after 30 s, which a busy computer may need
STARTS = 3
#: no telemetry unasked, and no log lines of Ray's on stderr
QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_BACKEND_LOG_LEVEL": "fatal", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}


class ShardWorker:
    """Makes shards in an actor, which has the encoder from its start to its end."""

    def __init__(self, maker: ShardMaker) -> None:
        self.maker = maker

    def __call__(self, rows: Mapping[str, np.ndarray]) -> dict[str, list[Any]]:
        """Numbers of entries of the shards ``shard [1]``, or what is wrong with the library or the disk.

        A shard that is there was made by a worker that was killed before it could tell.
        """
        (shard,) = rows["shard"].tolist()
        path = self.maker.path(shard)
        try:
            if not path.is_file():
                with _tried(path):
                    self.maker.make(shard, self.maker.entries(self.maker.first(shard)), lambda more: None)
        except (ValueError, OSError) as error:
            return {"problem": [str(error)]}
        return {"problem": [""]}


@contextmanager
def _tried(shard: Path) -> Iterator[None]:
    """Counts the workers that begin a shard in a file beside it, and refuses one more than ``MOST_KILLED``."""
    tries = shard.with_name(f"{shard.stem}{TRIES}")
    if tries.is_file() and tries.stat().st_size >= MOST_KILLED:
        raise OSError(
            f"{MOST_KILLED} workers were killed when they made {shard.name}; is there enough memory? A smaller "
            "shard_size or batch_size takes less."
        )
    with tries.open("ab") as file:
        file.write(b".")
    yield
    tries.unlink(missing_ok=True)


@dataclass(frozen=True)
class RayEngine:
    """Engine that makes shards on the workers of a Ray cluster.

    Attributes:
        address: of a running cluster (``"auto"``, ``"host:6379"``); by default one is started on this computer, and
            ends with the run.
        workers: number of workers; by default one for each CPU of the cluster, or for each GPU with ``device="cuda"``.
        device: of the encoder; on GPUs each worker has its own.
    """

    address: str | None = None
    workers: int | None = None
    device: str = "cpu"

    def run(self, maker: ShardMaker, plan: ShardPlan, progress: Progress) -> int:
        """Make the missing shards, in any order, and return the number of shards of the part.

        A worker that is killed is started again, and its shard made again.

        Args:
            maker: makes a shard.
            plan: which shards are to be made.
            progress: called with the number of entries done, those of earlier runs included.

        Raises:
            ImportError: without Ray.
            OSError: for an error of a worker, a cluster that cannot be reached, or a shard over which ``MOST_KILLED``
                workers were killed.
        """
        maker = replace(maker, directory=maker.directory.resolve())
        size = sum(1 for _ in maker.entries(0)) if plan.size is None else plan.size
        for tries in maker.directory.glob(f"*{TRIES}"):  # of a run that was killed
            tries.unlink()
        missing = list(plan._replace(size=size).missing(maker.shard_size))
        made = len(plan.done)
        progress(min(size, made * maker.shard_size))
        if missing:
            with self._cluster() as ray:
                for _ in self._made(ray, maker, missing):
                    made += 1
                    progress(min(size, made * maker.shard_size))
        return made

    def _made(self, ray: Any, maker: ShardMaker, missing: list[int]) -> Iterator[None]:
        """Makes the shards; an item for each that is done."""
        on_gpu = self.device.startswith("cuda")
        workers = self.workers or max(1, int(ray.cluster_resources().get("GPU" if on_gpu else "CPU", 1)))
        shards = ray.data.from_items([{"shard": shard} for shard in missing], override_num_blocks=len(missing))
        done = shards.map_batches(
            ShardWorker,
            fn_constructor_args=(maker,),
            batch_size=1,
            compute=ray.data.ActorPoolStrategy(
                size=min(workers, len(missing)), max_tasks_in_flight_per_actor=IN_FLIGHT
            ),
            num_cpus=1,
            num_gpus=1 if on_gpu else 0,
        )
        for row in done.iter_rows():
            if row["problem"]:
                raise OSError(row["problem"])
            yield

    @contextmanager
    def _cluster(self) -> Iterator[Any]:
        """Ray, connected; what is started here ends here."""
        os.environ.update({name: value for name, value in QUIET.items() if name not in os.environ})
        need = "the engine ray needs Ray"
        ray = import_extra("ray", "ray", need)
        import_extra("ray.data", "ray", need)
        logging.getLogger("ray.data").setLevel(logging.ERROR)
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = False
        if ray.is_initialized():
            yield ray
            return
        try:
            self._connect(ray)
            yield ray
        finally:
            ray.shutdown()

    def _connect(self, ray: Any) -> None:
        quiet = {"log_to_driver": False, "logging_level": "ERROR"}
        if self.address is not None:
            try:
                ray.init(address=self.address, **quiet)
            except (ConnectionError, RuntimeError, ValueError) as error:
                raise OSError(f"there is no Ray cluster at {self.address} ({error}).") from error
            return
        for attempt in range(1, STARTS + 1):
            try:
                ray.init(address="local", num_cpus=self.workers, include_dashboard=False, **quiet)
                return
            except Exception as error:  # Ray raises plain ones here
                ray.shutdown()
                if attempt == STARTS:
                    raise OSError(f"Ray does not start on this computer ({error}).") from error
