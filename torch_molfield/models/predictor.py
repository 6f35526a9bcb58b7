"""The protocol of models that predict values of molecules."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Protocol, TypeGuard

import torch
from torch import Tensor, nn
from torch_geometric.data import Data

from torch_molfield.data.properties import Output


class Predictor(Protocol):
    """What ``molfield predict`` and :mod:`torch_molfield.evaluation` need of a model in eval mode."""

    @property
    def outputs(self) -> tuple[Output, ...]:
        """Names and units of what is predicted per molecule and per atom."""

    def parameters(self) -> Iterator[nn.Parameter]:
        """Those of the network; they tell its device."""

    def check(self, z: Tensor, pos: Tensor, batch: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """Checked ``z [N]``, ``pos [N, 3]`` Å and ``batch [N]``; ``ValueError`` for what the model cannot take."""

    def predict(
        self, z: Tensor, pos: Tensor, batch: Tensor | None = None, names: Collection[str] | None = None
    ) -> dict[str, Tensor]:
        """Values by name, ``[B, ...]`` per molecule and ``[N, ...]`` per atom.

        Args:
            z: ``[N]``. pos: ``[N, 3]`` Å. batch: ``[N]``, sorted; ``None`` for one molecule.
            names: of the outputs to compute; by default all that are per molecule.
        """


class ChargedPredictor(Predictor, Protocol):
    """A predictor for which the charge of a molecule matters; others take all molecules as neutral."""

    #: whether it does for this one
    takes_charge: bool

    def check_charge(self, z: Tensor, batch: Tensor, charge: Tensor | None) -> Tensor:
        """``[B]`` e of checked atoms, 0 where none is given; ``ValueError`` for what the model cannot take."""

    def predict(
        self,
        z: Tensor,
        pos: Tensor,
        batch: Tensor | None = None,
        names: Collection[str] | None = None,
        charge: Tensor | None = None,
    ) -> dict[str, Tensor]:
        """As of :class:`Predictor`; ``charge [B]`` e."""


def takes_charge(model: Predictor) -> TypeGuard[ChargedPredictor]:
    """Whether the charge of a molecule matters to the model."""
    return bool(getattr(model, "takes_charge", False))


def problem_with_charge(model: Predictor, data: Data, charge: float) -> str:
    """Why the model does not take the checked molecule with this charge (e), or nothing."""
    if not takes_charge(model):
        return ""
    try:
        model.check_charge(data.z, torch.zeros_like(data.z), torch.tensor([charge]))
    except ValueError as error:
        return str(error).replace("molecule 0 of the batch", "the molecule")
    return ""
