"""A folder of shards belongs to one run, or to the jobs of one array."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from torch_molfield.encode.job_part import WHOLE, JobPart

#: the file by which a run of the whole library locks its folder, and how those of jobs begin
LOCK = ".lock"
#: s that a job waits for others that begin at the same time
PATIENCE = 10.0


@contextmanager
def locked_folder(directory: Path, part: JobPart) -> Iterator[None]:
    """Reserve ``directory``, made if absent, for this run alone, or for the jobs of one array.

    Locks are the operating system's: a run that is killed releases them.

    Raises:
        OSError: if another run, or the same job, writes to the folder.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with ExitStack() as held:
        whole = _take(directory, LOCK, 0.0 if part == WHOLE else PATIENCE, held)
        if part == WHOLE:
            for path in sorted(directory.glob(f"{LOCK}-*")):
                _take(directory, path.name, 0.0, held)
        else:
            _take(directory, f"{LOCK}-{part.number}-of-{part.jobs}", 0.0, held)
            whole.release()
        yield


def _take(directory: Path, name: str, patience: float, held: ExitStack) -> FileLock:
    lock = FileLock(directory / name, timeout=patience)
    try:
        held.enter_context(lock)
    except Timeout as problem:
        raise OSError(
            f"{directory} is in use by another run; wait until it ends, or choose another folder."
        ) from problem
    return lock
