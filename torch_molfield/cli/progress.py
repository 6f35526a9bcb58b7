"""How a training is shown: a bar where there is a terminal, a line now and then where there is none."""

from __future__ import annotations

import logging
import warnings
from typing import Any

import typer
from lightning.pytorch.callbacks import Callback
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

#: seconds between two lines where stderr is no terminal
LINE_EVERY = 30.0


class TrainingProgress(Callback):
    """Progress and loss of a training on stderr."""

    def __init__(self) -> None:
        self.console = Console(stderr=True)
        columns = (TextColumn("Training"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
        self.bar = Progress(
            *columns, TimeRemainingColumn(), TextColumn("loss {task.fields[loss]}"), console=self.console
        )
        self.line = self.bar.add_task("training", total=1.0, loss="")
        self.printed = 0.0

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Show the bar."""
        if self.console.is_terminal and trainer.is_global_zero:
            self.bar.start()

    def on_train_batch_end(self, trainer: Any, pl_module: Any, *args: Any) -> None:
        """Move the bar, or print a line."""
        loss = f"{pl_module.loss:.4f}"
        self.bar.update(self.line, completed=pl_module.progress, loss=loss)
        due = pl_module.seconds - self.printed >= LINE_EVERY
        if due and not self.console.is_terminal and trainer.is_global_zero:
            self.printed = pl_module.seconds
            typer.echo(
                f"training {pl_module.progress:4.0%}  {pl_module.seconds:5.0f} s  "
                f"step {trainer.global_step}  loss {loss}",
                err=True,
            )

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        """Leave the bar as it is."""
        self.bar.stop()

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        """Leave the terminal in order."""
        self.bar.stop()


def quiet_lightning() -> None:
    """Keep Lightning's notes on hardware and missing products off the terminal of a command."""
    for name in ("lightning", "lightning.pytorch", "lightning.fabric", "lightning.pytorch.utilities.rank_zero"):
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="lightning")
