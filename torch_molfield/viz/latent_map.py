"""Maps of the vectors of many molecules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from torch_molfield.optional import import_extra
from torch_molfield.surface.mesh import Floats
from torch_molfield.viz.figures import panels

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: quantiles between which colours differ
SHOWN = (0.02, 0.98)


def latent_map(vectors: Floats, values: Floats, label: str) -> Figure:
    """Plot the two principal components of vectors, coloured by values.

    The colours cover the range from the 2 % to the 98 % quantile.

    Args:
        vectors: ``[M, L]``.
        values: ``[M]``; molecules whose value is NaN are grey.
        label: of the colour bar.

    Raises:
        ImportError: without scikit-learn.
        ValueError: for fewer than three molecules.
    """
    vectors, values = np.asarray(vectors, dtype=float), np.asarray(values, dtype=float)
    decomposition = check_map(len(vectors))
    fitted = decomposition.PCA(2).fit(vectors)
    x, y = fitted.transform(vectors).T
    figure, (axis,) = panels(1, width=6.4, height=5.2)
    known = np.isfinite(values)
    axis.scatter(x[~known], y[~known], s=10, color="lightgrey")
    # A few extreme values would leave one colour to all the others.
    low, high = np.quantile(values[known], SHOWN) if known.any() else (0.0, 1.0)
    shown = axis.scatter(x[known], y[known], c=values[known], s=12, cmap="viridis", vmin=low, vmax=high)
    figure.colorbar(shown, ax=axis, label=label, extend="both")
    shares = 100 * fitted.explained_variance_ratio_
    axis.set(xlabel=f"first component, {shares[0]:.0f} % of the variance", ylabel=f"second, {shares[1]:.0f} %")
    return figure


def check_map(count: int) -> Any:
    """scikit-learn's ``decomposition``, for a map of ``count`` molecules; errors as of :func:`latent_map`."""
    if count < 3:
        raise ValueError(f"a map needs at least three molecules, got {count}.")
    return import_extra("sklearn.decomposition", "maps", "maps of vectors need scikit-learn")
