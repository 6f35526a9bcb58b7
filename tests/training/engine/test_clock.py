from itertools import count

import pytest

from torch_molfield.training.engine import clock
from torch_molfield.training.engine.clock import Clock


@pytest.fixture
def seconds(monkeypatch):
    """The clock of the machine, which is five seconds later whenever it is read."""
    ticks = count(100, 5)
    monkeypatch.setattr(clock, "now", lambda: float(next(ticks)))


def test_seconds_change_at_ticks_alone(seconds):
    each = Clock()
    each.start()
    assert each.seconds == 0.0
    each.tick()
    assert each.seconds == each.seconds == 5.0
    each.tick()
    assert each.seconds == 10.0


def test_earlier_runs_count(seconds):
    each = Clock(60.0)
    each.start()
    each.tick()
    assert each.seconds == 65.0


def test_a_clock_that_was_not_started_has_no_time():
    with pytest.raises(RuntimeError, match="the clock has not been started"):
        Clock().tick()


def test_ticks_are_those_of_rank_0(seconds, monkeypatch):
    monkeypatch.setattr("torch.distributed.is_initialized", lambda: True)
    received = []

    def broadcast(shared, src):
        received.append((shared.tolist(), src))
        shared.fill_(42.0)

    monkeypatch.setattr("torch.distributed.broadcast", broadcast)
    each = Clock()
    each.start()
    assert each.tick(interrupted=False)  # rank 0 was
    assert received == [([5.0, 0.0], 0)]
    assert each.seconds == 42.0
