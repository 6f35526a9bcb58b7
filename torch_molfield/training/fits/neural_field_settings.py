"""Settings of the fits of molecular neural fields: ours and the paper's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch_molfield.training.fits.settings import FitSettings

LOSSES = ("l1", "l2")
#: the codes' and the lattice's learning rate over the network's
LATENT_SHARE, LATTICE_SHARE = 3.0, 5.0
#: a small network on a lattice of features, which learns a protein many times faster than a deep one on coordinates;
#: the coordinates vary slowly, or the lattice has to undo their waves wherever nothing is
NETWORK: dict[str, Any] = {
    "latent": 128, "hidden": 64, "depth": 3, "omega": 0.3, "spectrum": "gaussian",
    "lattice": 48, "lattice_features": 16,
}  # fmt: skip
#: what differs where one network holds several shapes: each code chooses among more features
SEVERAL: dict[str, Any] = {"lattice": 40, "lattice_features": 128}
#: what differs in auto-encoders of small molecules
AUTOENCODER: dict[str, Any] = {"latent": 256, "depth": 4, "omega": 6.0, "lattice": 24}
#: the learning rate of auto-encoders
AUTOENCODER_RATE = 3e-3
#: shapes a step at most where one network holds several, and points of all of them
SHAPES, POINTS = 20, 8192
#: the paper's network: the channel as a coordinate, 8 layers of 256
PAPER_NETWORK: dict[str, Any] = {
    "latent": 128, "hidden": 256, "depth": 8, "omega": 30.0, "spectrum": "siren", "offset": 0.0, "lattice": 0,
    "channel_input": True,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class NeuralFieldFit(FitSettings):
    """Settings of :func:`fit_neural_field`, :func:`fit_latent` and :func:`fit_autoencoder`.

    Ends at ``max_steps``, ``max_minutes`` or ``max_seconds``, whichever comes first; one of them is required.
    The time for computing exact values counts.

    Attributes:
        learning_rate: peak of the schedule; codes and lattices have a multiple of it.
        num_points: points per shape and step.
        batch_size: shapes per step.
        pool: random points per shape with exact values, from which those of a step are drawn.
        near: share of the pool near atoms.
        fresh: points of the pool replaced per step, on average and for all shapes together; 0 for none.
        grid: nodes per axis of a grid that replaces the pool; ``None`` for random points.
        loss: ``"l1"`` or ``"l2"``.
        schedule: whether the learning rate has a warm-up and a cosine decay and differs for codes and lattices;
            otherwise it is constant and the same for all parameters.
        seed: of everything random.

    Raises:
        ValueError: for settings without an end, or a value out of range.
    """

    learning_rate: float = 8e-3
    num_points: int = 4096
    batch_size: int = 1
    pool: int = 200_000
    near: float = 0.25
    fresh: int = 512
    grid: int | None = None
    loss: str = "l2"
    schedule: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.loss not in LOSSES or not 0 <= self.near <= 1:
            raise ValueError(f"loss must be 'l1' or 'l2' and near in [0, 1], got {self.loss!r}, {self.near}.")
        if min(self.num_points, self.batch_size, self.pool) < 1:
            raise ValueError("num_points, batch_size and pool must be at least 1.")
        if self.fresh < 0:
            raise ValueError(f"fresh is a number of points a step, 0 for none, got {self.fresh}.")

    def learning_rate_at(self, step: int, progress: float) -> float:
        """Always the same without a ``schedule``."""
        return super().learning_rate_at(step, progress) if self.schedule else self.learning_rate

    def share(self, name: str) -> float:
        """Codes and lattices learn faster, with a ``schedule``."""
        if not self.schedule:
            return 1.0
        return LATENT_SHARE if name == "latents" else LATTICE_SHARE if "lattice." in name else 1.0


def several_fit(shapes: int, **settings: Any) -> NeuralFieldFit:
    """For one network of several shapes: all of them in every step, up to ``SHAPES``, with fewer points of each."""
    batch = min(shapes, SHAPES)
    return NeuralFieldFit(**{"batch_size": batch, "num_points": POINTS // batch, **settings})


def paper_fit(grid: int = 32, **end: Any) -> NeuralFieldFit:
    """The paper's schedule: L1, Adam at 1e-4, every point of the grid in every step; ``end`` as of FitSettings."""
    return NeuralFieldFit(learning_rate=1e-4, num_points=grid**3, grid=grid, loss="l1", schedule=False, **end)
