"""The interface of models that predict values of molecules."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Protocol, TypeGuard

import torch
from torch import Tensor, nn
from torch_geometric.data import Data

from torch_molfield.data.properties import Output


class Predictor(Protocol):
    """Interface that ``molfield predict`` and :mod:`torch_molfield.evaluation` require of a model in eval mode."""

    @property
    def outputs(self) -> tuple[Output, ...]:
        """Names and units of what is predicted per molecule and per atom."""

    def parameters(self) -> Iterator[nn.Parameter]:
        """The parameters of the network; they give its device."""

    def check(self, z: Tensor, pos: Tensor, batch: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """Check the atoms and return ``z [N]``, ``pos [N, 3]`` Å and ``batch [N]``.

        Raises:
            ValueError: for atoms that the model cannot take.
        """

    def predict(
        self, z: Tensor, pos: Tensor, batch: Tensor | None = None, names: Collection[str] | None = None
    ) -> dict[str, Tensor]:
        """Return values by name, ``[B, ...]`` per molecule and ``[N, ...]`` per atom.

        Args:
            z: ``[N]`` atomic numbers.
            pos: ``[N, 3]`` Å.
            batch: ``[N]`` sorted molecule of each atom; ``None`` for one molecule.
            names: of the outputs to compute; by default all that are per molecule.
        """


class ChargedPredictor(Predictor, Protocol):
    """A predictor whose values depend on the charge of a molecule; others take all molecules as neutral."""

    #: whether it does for this one
    takes_charge: bool

    def check_charge(self, z: Tensor, batch: Tensor, charge: Tensor | None) -> Tensor:
        """Return the charges ``[B]`` e of checked atoms, 0 by default.

        Raises:
            ValueError: for charges that the model cannot take.
        """

    def predict(
        self,
        z: Tensor,
        pos: Tensor,
        batch: Tensor | None = None,
        names: Collection[str] | None = None,
        charge: Tensor | None = None,
    ) -> dict[str, Tensor]:
        """Return values as :class:`Predictor` does, for molecules of ``charge [B]`` e."""


def takes_charge(model: Predictor) -> TypeGuard[ChargedPredictor]:
    """Whether the values of the model depend on the charge of a molecule."""
    return bool(getattr(model, "takes_charge", False))


def problem_with_charge(model: Predictor, data: Data, charge: float) -> str:
    """Return why the model does not take the checked molecule with this charge (e), or an empty text."""
    if not takes_charge(model):
        return ""
    try:
        model.check_charge(data.z, torch.zeros_like(data.z), torch.tensor([charge]))
    except ValueError as error:
        return str(error).replace("molecule 0 of the batch", "the molecule")
    return ""
