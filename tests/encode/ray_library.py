"""Encodes a small library on two workers of Ray, one of which is killed in the middle; run by ``test_ray_engine.py``.

In a process of its own: Ray leaves threads and signal handlers behind.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

import torch

from torch_molfield.data import Entry, MolFieldData
from torch_molfield.encode.encoders import Encoder
from torch_molfield.encode.library import encode_library
from torch_molfield.encode.ray_engine import RayEngine

SIZE, SHARD = 16, 2
#: molecules that cannot be encoded, and the one with which the first worker dies
BAD, FATAL = (3, 10), 9


class Killed(Encoder):
    """Atomic numbers and the worker; kills its process at the molecule that is fatal, once."""

    shapes = {"z": (), "worker": ()}
    dtype = torch.int64

    def __init__(self, flag):
        self.flag = flag

    def problem(self, data):
        return "odd" if int(data.z) - 1 in BAD else ""

    def encode(self, molecules):
        time.sleep(0.1)
        numbers = [int(molecule.z) for molecule in molecules]
        if FATAL + 1 in numbers and not self.flag.exists():
            self.flag.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return {"z": torch.tensor(numbers), "worker": torch.full((len(numbers),), os.getpid())}


def entries(first):
    """Single atoms of the elements 1, 2, …"""
    for number in range(first, SIZE):
        yield Entry(number, f"m{number}", MolFieldData(z=torch.tensor([number + 1]), pos=torch.zeros(1, 3)))


if __name__ == "__main__":
    out, done = Path(sys.argv[1]), []
    engine = RayEngine(workers=2)
    encoder = Killed(out.parent / "killed")
    shards = encode_library(encoder, entries, out, {}, SHARD, progress=done.append, size=SIZE, engine=engine)
    (out.parent / "found.json").write_text(json.dumps({"shards": shards, "done": done}))
