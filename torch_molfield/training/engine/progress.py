"""How a training is shown: a bar where there is a terminal, a line now and then where there is none."""

from __future__ import annotations

import logging
import warnings
from typing import TYPE_CHECKING, Any

from lightning.pytorch.callbacks import Callback
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from torch_molfield.training.fits.checkpoint import FitState

#: seconds between two lines where stderr is no terminal
LINE_EVERY = 30.0


class Meter:
    """A bar or lines on stderr."""

    def __init__(self, verb: str) -> None:
        self.verb = verb
        self.console = Console(stderr=True)
        columns = (TextColumn(verb), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
        self.bar = Progress(
            *columns, TimeRemainingColumn(), TextColumn("loss {task.fields[loss]}"), console=self.console
        )
        self.line = self.bar.add_task(verb, total=1.0, loss="")
        self.printed = 0.0

    def start(self) -> None:
        """Show the bar."""
        if self.console.is_terminal:
            self.bar.start()

    def show(self, progress: float, seconds: float, step: int, loss: float) -> None:
        """Move the bar, or print a line."""
        self.bar.update(self.line, completed=progress, loss=f"{loss:.4g}")
        if seconds - self.printed >= LINE_EVERY and not self.console.is_terminal:
            self.printed = seconds
            line = f"{self.verb.lower()} {progress:4.0%}  {seconds:5.0f} s  step {step}  loss {loss:.4g}"
            self.console.print(line, highlight=False, soft_wrap=True)

    def stop(self) -> None:
        """Leave the terminal in order."""
        if self.console.is_terminal:
            self.bar.stop()


class TrainingProgress(Callback):
    """Progress and loss of a training with Lightning."""

    def __init__(self) -> None:
        self.meter = Meter("Training")

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Show the bar."""
        if trainer.is_global_zero:
            self.meter.start()

    def on_train_batch_end(self, trainer: Any, pl_module: Any, *args: Any) -> None:
        """Move the bar, or print a line."""
        if trainer.is_global_zero:
            self.meter.show(pl_module.progress, pl_module.seconds, trainer.global_step, pl_module.loss)

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        """Leave the bar as it is."""
        self.meter.stop()

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        """Leave the terminal in order."""
        self.meter.stop()


class FitProgress:
    """Progress and loss of a fit of a neural field, for the length of a ``with`` block."""

    def __init__(self) -> None:
        self.meter = Meter("Fitting")

    def __enter__(self) -> FitProgress:
        self.meter.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self.meter.stop()

    def __call__(self, share: float, state: FitState) -> None:
        """After every step."""
        self.meter.show(share, state.seconds, state.step, state.curve[-1][1])


def quiet_lightning() -> None:
    """Keep Lightning's notes on hardware and missing products off the terminal."""
    for name in ("lightning", "lightning.pytorch", "lightning.fabric", "lightning.pytorch.utilities.rank_zero"):
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="lightning")
