from types import SimpleNamespace

from torch_molfield.training.engine import progress
from torch_molfield.training.engine.progress import FitProgress, TrainingProgress
from torch_molfield.training.fits.checkpoint import FitState


def test_a_line_now_and_then_where_there_is_no_terminal(capsys, monkeypatch):
    monkeypatch.setattr(progress, "LINE_EVERY", 10.0)
    shown = TrainingProgress()
    trainer = SimpleNamespace(is_global_zero=True, global_step=7)
    shown.on_train_start(trainer, None)
    for seconds in (5.0, 11.0, 15.0, 22.0):
        shown.on_train_batch_end(trainer, SimpleNamespace(progress=seconds / 100, seconds=seconds, loss=0.25))
    shown.on_train_end(trainer, None)
    lines = [line for line in capsys.readouterr().err.splitlines() if line.strip()]
    assert len(lines) == 2
    assert "11%" in lines[0]
    assert "step 7  loss 0.25" in lines[0]


def test_other_ranks_are_silent(capsys, monkeypatch):
    monkeypatch.setattr(progress, "LINE_EVERY", 0.0)
    trainer = SimpleNamespace(is_global_zero=False, global_step=1)
    TrainingProgress().on_train_batch_end(trainer, SimpleNamespace(progress=0.5, seconds=1.0, loss=0.25))
    assert capsys.readouterr().err.strip() == ""


def test_a_fit_is_shown_like_a_training(capsys, monkeypatch):
    monkeypatch.setattr(progress, "LINE_EVERY", 10.0)
    with FitProgress() as shown:
        for seconds in (5.0, 11.0):
            shown(seconds / 100, FitState(step=3, seconds=seconds, curve=[(1.0, 0.5)]))
    assert capsys.readouterr().err == "fitting  11%     11 s  step 3  loss 0.5\n"
