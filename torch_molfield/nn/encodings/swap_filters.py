"""Learnable encodings in place of SchNet's filter networks, one per layer."""

from __future__ import annotations

from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from torch_molfield.nn.encodings.fit import fit_encoding
from torch_molfield.nn.encodings.hosts import is_kind
from torch_molfield.nn.encodings.regularized import RegularizedPositionalEncoding

Model = TypeVar("Model", bound=nn.Module)

SCHNET = "torch_geometric.nn.models.schnet.SchNet"
#: of the root mean square of a filter; tables of few knots learn better than those that begin nearer
#: (docs/results/regpe.md)
TOLERANCE = 0.05
#: tables of filters are all that a layer knows of distances, and learn faster than its other parameters
RATE = 3.0


def swap_filter_networks(
    model: Model, knots: int | None = None, tolerance: float = TOLERANCE, rate: float = RATE, **settings: Any
) -> Model:
    """Replace the filter network in every layer of PyG's SchNet by a learnable encoding.

    SchNet multiplies messages by W(d), two linear layers applied to the expansion of a distance. This is a function of
    d alone, so a table can hold it: four rows per edge instead of two matrix products. Each table starts as the filter
    it replaces, to within ``tolerance`` of its root mean square, so the output of the model, trained or not, does not
    change at first. Swap before the optimiser is made; ``reset_parameters`` of the model does not reset the tables.

    Args:
        model: changed in place and returned; all SchNets in it are swapped.
        knots: number of knots of every table; by default as few as ``tolerance`` needs.
        tolerance: largest difference from a filter, relative to its root mean square; infinity accepts every fit.
        rate, settings: of :class:`~torch_molfield.nn.RegularizedPositionalEncoding`.

    Raises:
        ValueError: for a model without PyG's SchNet, or one that has been swapped; the model is then not changed.
    """
    found: list[Any] = [module for module in model.modules() if is_kind(module, SCHNET)]
    if not found:
        raise ValueError(
            f"there is no network in {type(model).__name__} whose filters are functions of distance alone (PyG's "
            "SchNet); of others exchange the basis, with swap_radial_basis."
        )
    made = [
        (block, _table(network, block, {"knots": knots, "tolerance": tolerance, "rate": rate, **settings}))
        for network in found
        for block in network.interactions
    ]
    like = next(model.parameters())
    for block, encoding in made:
        block.mlp = block.conv.nn = encoding.to(like).train(block.training)
    for network in found:
        network.distance_expansion = nn.Identity()
    return model


def _table(network: Any, block: Any, settings: dict[str, Any]) -> RegularizedPositionalEncoding:
    if isinstance(block.conv.nn, RegularizedPositionalEncoding):
        raise ValueError("the filters of SchNet are encodings already; change their knots with resampled().")
    basis, like = network.distance_expansion, block.conv.nn[0].weight

    @torch.no_grad()
    def filters(distance: Tensor) -> Tensor:
        return block.conv.nn(basis(distance.to(like))).to(distance)

    return fit_encoding(filters, 0.0, float(network.cutoff), **settings)
