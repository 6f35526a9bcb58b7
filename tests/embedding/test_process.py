import os
import signal
import threading
from base64 import b64encode

import pytest
from rdkit import Chem
from rdkit.Chem import rdDistGeom

from torch_molfield.embedding.process import EmbeddingProcess, embed_in_process


def water() -> Chem.Mol:
    return Chem.AddHs(Chem.MolFromSmiles("O"))


def test_positions():
    positions, problem = embed_in_process(water(), 0, True, 60)
    assert positions.shape == (3, 3) and not problem


def test_ctrl_c_ends_the_work_at_once_and_the_next_begins_anew():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
    rdDistGeom.EmbedMolecule(water(), randomSeed=0)  # leaves a handler that restarts a waiting call
    chain = Chem.AddHs(Chem.MolFromSmiles("C" * 300))
    embed_in_process(water(), 0, True, 60)  # the process is there
    threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    try:
        with pytest.raises(KeyboardInterrupt):
            embed_in_process(chain, 0, True, 600)
    finally:
        signal.signal(signal.SIGINT, before)
    assert embed_in_process(water(), 0, True, 60)[0] is not None


def test_a_process_that_has_died_is_told_from_one_that_is_late():
    process = EmbeddingProcess()
    process._started().kill()
    with pytest.raises(RuntimeError, match="has ended"):
        process.ask({}, 60)


def test_the_start_of_the_process_is_no_time_of_the_molecule(monkeypatch):
    late = "import time; time.sleep(5); from torch_molfield.embedding.worker import serve; serve()"
    monkeypatch.setattr("torch_molfield.embedding.process.COMMAND", late)
    process = EmbeddingProcess()
    mol = b64encode(water().ToBinary()).decode()
    assert process.ask({"mol": mol, "seed": 0, "optimize": False, "max_seconds": 4.0}, 4.0) is not None
    process.stop()


def test_a_fork_has_its_own_process():
    first, _ = embed_in_process(water(), 0, True, 60)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        same = embed_in_process(water(), 0, True, 60)[0].tolist() == first.tolist()
        os.write(writing, b"same" if same else b"other")
        from torch_molfield.embedding.process import _stop

        _stop()
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 10) == b"same"
    assert embed_in_process(water(), 0, True, 60)[0].tolist() == first.tolist()
    os.close(reading)
    os.close(writing)
