"""Matrices of similarity, ordered by clusters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from torch import Tensor

from torch_molfield.surface.mesh import Floats
from torch_molfield.viz.figures import panels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def cluster(matrix: Tensor) -> Floats:
    """scipy's linkage of T things with similarities ``matrix [T, T]``: mean distance between clusters, a distance being
    1 − similarity.

    Raises:
        ValueError: for fewer than two things, or a matrix that is not square, symmetric and finite.
    """
    from scipy.cluster.hierarchy import linkage
    from scipy.spatial.distance import squareform

    values = matrix.double().numpy()
    square = values.ndim == 2 and len(values) == values.shape[1] >= 2
    if not (square and np.isfinite(values).all() and np.allclose(values, values.T, atol=1e-8)):
        raise ValueError(f"similarities must be a symmetric matrix of at least two items, got {list(values.shape)}.")
    return linkage(squareform(np.clip(1 - values, 0, None) * (1 - np.eye(len(values)))), "average", True)


def similarity_figure(names: Sequence[str], matrix: Tensor, title: str = "similarity (CKA)") -> Figure:
    """Plot a tree of clusters, and the matrix of similarities in the order of the tree's leaves.

    Args:
        names: of the T items.
        matrix: ``[T, T]`` symmetric similarities, such as :func:`~torch_molfield.nn.encodings.analysis.cka_matrix`.
        title: above the figure.

    Raises:
        ValueError: for fewer than two items, or a matrix that is not square, symmetric and finite.
    """
    from scipy.cluster.hierarchy import dendrogram

    tree = cluster(matrix)
    figure, (left, right) = panels(2, width=4.5 + 0.9 * len(names), height=2.0 + 0.45 * len(names))
    order = dendrogram(tree, labels=list(names), orientation="left", ax=left, color_threshold=0)["leaves"][::-1]
    left.set_xlabel("1 − similarity")
    _draw_matrix(right, [names[k] for k in order], matrix.numpy()[np.ix_(order, order)])
    right.set_title(title, fontsize=10)
    return figure


def _draw_matrix(axis: Axes, names: Sequence[str], values: Floats) -> None:
    low = float(values.min())
    axis.imshow(values, cmap="viridis", vmin=min(low, 0.99), vmax=1.0)
    axis.set_xticks(range(len(names)), names, rotation=90, fontsize=8)
    axis.set_yticks(range(len(names)), names, fontsize=8)
    for i, row in enumerate(values):
        for j, value in enumerate(row):
            shade = "black" if value > (1 + low) / 2 else "white"
            axis.text(j, i, f"{value:.2f}", ha="center", va="center", fontsize=7, color=shade)
