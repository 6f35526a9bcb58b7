import os
import signal
import threading

import pytest
import torch
from lightning.pytorch.callbacks import Callback

from torch_molfield.training.engine.interrupts import interrupts_after_steps


class Signal(Callback):
    """Sends a signal to this process in the middle of a step."""

    def __init__(self, number, step):
        self.number, self.step = number, step

    def on_after_backward(self, trainer, pl_module):
        if trainer.global_step == self.step:
            os.kill(os.getpid(), self.number)


@pytest.mark.parametrize("workers", [0, 1])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_step_is_saved_and_a_resume_gives_the_same(train_line, tmp_path, number, workers):
    settings = {"checkpoint_every_seconds": 3600.0, "workers": workers}
    expected = train_line(settings=settings, directory=tmp_path / "whole").state_dict()
    handlers = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    with pytest.raises(SystemExit) as ended:
        train_line(settings=settings, callbacks=[Signal(number, 2)])
    assert str(ended.value.__context__) == "the checkpoint of step 3 was saved"
    assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)] == handlers
    assert (tmp_path / "run" / "checkpoints" / "last.ckpt").is_file()
    resumed = train_line(settings=settings, resume=True).state_dict()
    assert all(torch.equal(value, resumed[name]) for name, value in expected.items())


class Asked:
    interrupted = False


def test_a_second_signal_ends_at_once():
    task = Asked()
    with interrupts_after_steps(task):
        os.kill(os.getpid(), signal.SIGINT)
        assert task.interrupted
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_a_worker_that_the_signal_ended():
    asked = Asked()
    asked.interrupted = True
    with pytest.raises(KeyboardInterrupt), interrupts_after_steps(asked):
        raise RuntimeError("DataLoader worker (pid 7) is killed by signal: Terminated.")
    with pytest.raises(RuntimeError, match="another"), interrupts_after_steps(Asked()):
        raise RuntimeError("another")


def test_other_threads_have_no_handlers():
    def enter():
        before = signal.getsignal(signal.SIGINT)
        with interrupts_after_steps(Asked()):
            same.append(signal.getsignal(signal.SIGINT) is before)

    same = []
    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    assert same == [True]


def test_a_first_start_with_resume_is_told(train_line, tmp_path):
    with pytest.warns(UserWarning, match="run has no checkpoint to continue from; the training begins anew"):
        train_line(resume=True)
