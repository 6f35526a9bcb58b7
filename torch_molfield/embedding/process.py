"""Conformers in a process of their own: RDKit neither stops at a time limit nor at Ctrl-C, and takes signals away."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import threading
import time
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch_molfield
from torch_molfield.embedding.semiempirical import FILE

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from rdkit.Chem import Mol

#: s
TURN = 0.2
#: s that the process may take to begin, on a machine that is busy
START = 120.0
COMMAND = "from torch_molfield.embedding.worker import serve; serve()"


class EmbeddingProcess:
    """A process that answers one request at a time.

    It is started at the first request, and again after it was stopped.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.child: subprocess.Popen[str] | None = None
        self.ready = threading.Event()

    def ask(self, request: dict[str, Any], max_seconds: float) -> dict[str, Any] | None:
        """The answer, or ``None`` when there is none in time."""
        with self.lock:
            child, answers = self._started(), list[str]()
            arguments = child, json.dumps(request), answers, self.ready
            reader = threading.Thread(target=_exchange, args=arguments, daemon=True)
            reader.start()
            try:
                _wait(START, self.ready.wait)  # is not counted as time of the molecule
                _wait(max_seconds, partial(_ended, reader))
                late = reader.is_alive()
            finally:
                if not answers:  # it is late, it has died, or Ctrl-C ends the waiting
                    child.kill()
                    reader.join()
                    self.stop()
            if answers:
                return json.loads(answers[0])
            if late:
                return None
            raise RuntimeError("the process that makes conformers has ended; is there enough memory?")

    def stop(self) -> None:
        """End the process, if there is one."""
        child, self.child = self.child, None
        if child is not None:
            child.kill()
            child.wait()
            for pipe in filter(None, (child.stdin, child.stdout)):
                with suppress(BrokenPipeError):  # of a request that was not read
                    pipe.close()

    def _started(self) -> subprocess.Popen[str]:
        if self.child is None:
            self.ready = threading.Event()
            self.child = subprocess.Popen(
                [sys.executable, "-c", COMMAND],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                encoding="utf-8",
                cwd=Path(torch_molfield.__file__).parents[1],  # from where the child imports this package
                start_new_session=True,  # Ctrl-C reaches the parent only
            )
        return self.child


def _wait(max_seconds: float, done: Callable[[float], bool]) -> None:
    """In short turns: RDKit leaves signal handlers behind that do not interrupt a waiting call."""
    end = time.monotonic() + max_seconds
    while not done(min(TURN, max_seconds)) and time.monotonic() < end:
        pass


def _ended(thread: threading.Thread, seconds: float) -> bool:
    thread.join(seconds)
    return not thread.is_alive()


def _exchange(child: subprocess.Popen[str], line: str, answers: list[str], ready: threading.Event) -> None:
    """Append the answer, or nothing when the process ends before it; ``ready`` is set when the process has begun."""
    if child.stdin is None or child.stdout is None:
        raise RuntimeError("the process that makes conformers has no pipes.")
    if not ready.is_set():
        child.stdout.readline()  # the empty one that it begins with
        ready.set()
    with suppress(BrokenPipeError):
        child.stdin.write(line + "\n")
        child.stdin.flush()
        answers.extend(filter(None, [child.stdout.readline()]))


#: by the number of the process that began it, which is another one after a fork
_PROCESSES: dict[int, EmbeddingProcess] = {}


def embed_in_process(mol: Mol, seed: int, optimize: bool, max_seconds: float) -> tuple[NDArray | None, str]:
    """Return positions ``[N, 3]`` Å of one conformer, computed in a process of its own; or ``None`` and the problem.

    The conformer is embedded by ETKDGv3 and relaxed, see :func:`torch_molfield.embedding.geometry.make_conformer`.

    Args:
        mol: RDKit's molecule with hydrogens.
        seed: random seed of the embedding.
        optimize: whether the conformer is relaxed.
        max_seconds: time limit, seconds.

    Returns:
        The positions and an empty text, or ``None`` and the problem.

    Raises:
        RuntimeError: if the process has ended unexpectedly.
    """
    import numpy as np

    process = _PROCESSES.setdefault(os.getpid(), EmbeddingProcess())
    request = {
        "mol": b64encode(mol.ToBinary()).decode(),
        "seed": seed,
        "optimize": optimize,
        "max_seconds": max_seconds,
    }
    answer = process.ask(request, max_seconds)
    if answer is None:
        return None, f"takes more than {max_seconds:g} s; allow more (max_seconds), or {FILE}"
    if answer["problem"]:
        return None, answer["problem"]
    return np.array(answer["positions"]), ""


@atexit.register
def _stop() -> None:
    if os.getpid() in _PROCESSES:
        _PROCESSES[os.getpid()].stop()
