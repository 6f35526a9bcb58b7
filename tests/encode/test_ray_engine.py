import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch

from torch_molfield.data import Entry, MolFieldData
from torch_molfield.encode.encoders import Encoder
from torch_molfield.encode.job_part import WHOLE
from torch_molfield.encode.ray_engine import MOST_KILLED, RayEngine, ShardWorker
from torch_molfield.encode.shard_maker import ShardMaker, ShardPlan
from torch_molfield.encode.shards import read_shards

SCRIPT = Path(__file__).with_name("ray_library.py")


class Ones(Encoder):
    shapes = {"one": ()}

    def problem(self, data):
        return ""

    def encode(self, molecules):
        return {"one": torch.ones(len(molecules))}


def atoms(first):
    return (Entry(k, "", MolFieldData(z=torch.tensor([1]), pos=torch.zeros(1, 3))) for k in range(first, 5))


@pytest.fixture
def worker(tmp_path):
    return ShardWorker(ShardMaker(Ones(), atoms, tmp_path, "npz", 2, None))


def shard(number):
    return {"shard": np.array([number])}


@pytest.mark.slow
@pytest.mark.timeout(600)  # Ray starts a dozen processes
@pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed")
def test_a_killed_worker_loses_nothing_and_nothing_comes_twice(tmp_path):
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    command = [sys.executable, str(SCRIPT), str(tmp_path / "out")]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=580)
    assert ended.returncode == 0, ended.stderr[-3000:]
    assert (tmp_path / "killed").exists()
    arrays = read_shards(tmp_path / "out")
    assert arrays["number"].tolist() == [k for k in range(16) if k not in (3, 10)]
    assert arrays["z"].tolist() == [k + 1 for k in arrays["number"]]
    assert arrays["failed"].tolist() == [3, 10] and len(set(arrays["worker"])) >= 2
    found = json.loads((tmp_path / "found.json").read_text())
    assert found == {"shards": 8, "done": list(range(0, 17, 2))}
    assert sorted(path.suffix for path in (tmp_path / "out").iterdir()) == ["", ".json", *[".npz"] * 8]


def test_a_shard_that_is_there_is_not_made_again(worker, tmp_path):
    assert worker(shard(1)) == {"problem": [""]}
    made = (tmp_path / "shard-00001.npz").stat().st_mtime_ns
    assert worker(shard(1)) == {"problem": [""]}
    assert (tmp_path / "shard-00001.npz").stat().st_mtime_ns == made and len(list(tmp_path.iterdir())) == 1


def test_a_shard_that_kills_all_workers_ends_the_run(worker, tmp_path):
    (tmp_path / "shard-00001.tries").write_text("." * MOST_KILLED)
    assert worker(shard(1))["problem"][0].startswith("4 workers were killed when they made shard-00001.npz; is there")


def test_what_a_worker_complains_of_comes_back(worker, tmp_path):
    (tmp_path / "shard-00001.npz").mkdir()
    assert "it is a folder; choose another name" in worker(shard(1))["problem"][0]


def test_nothing_to_do_needs_no_cluster(worker):
    done = []
    assert RayEngine().run(worker.maker, ShardPlan(WHOLE, frozenset(range(3)), None), done.append) == 3
    assert done == [5]


def test_without_ray(worker, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ImportError, match=r"the engine ray needs Ray; pip install 'torch_molfield\[ray\]'"):
        RayEngine().run(worker.maker, ShardPlan(WHOLE, frozenset(), 5), lambda done: None)
