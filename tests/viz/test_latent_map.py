import numpy as np
import pytest

from torch_molfield.viz.latent_map import latent_map

pytest.importorskip("sklearn")


def test_the_longest_axis_comes_first():
    generator = np.random.default_rng(0)
    vectors = generator.normal(size=(50, 8)) * [5, 2, *[0.1] * 6]
    values = vectors[:, 0].copy()
    values[:3] = np.nan
    figure = latent_map(vectors, values, "logP")
    grey, shown = figure.axes[0].collections
    assert len(grey.get_offsets()) == 3
    first = shown.get_offsets()[:, 0]
    assert abs(np.corrcoef(first, values[3:])[0, 1]) > 0.999
    assert figure.axes[1].get_ylabel() == "logP"


def test_too_few():
    with pytest.raises(ValueError, match="at least three"):
        latent_map(np.zeros((2, 4)), np.zeros(2), "logP")
