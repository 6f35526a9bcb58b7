import numpy as np
import torch

from torch_molfield.viz.figures import save_figure
from torch_molfield.viz.parity import SHOWN, Predictions, parity_figure


def test_a_panel_a_target_and_a_colour_a_set(tmp_path):
    generator = torch.Generator().manual_seed(0)
    true = {"energy": torch.randn(20, generator=generator), "dipole": torch.randn(20, 3, generator=generator)}
    predicted = {name: rows + 0.1 for name, rows in true.items()}
    sets = [Predictions("one", true, predicted), Predictions("two", true, true)]
    figure = parity_figure({"energy": "eV", "dipole": ""}, sets)
    one, two = figure.axes
    assert (one.get_title(), one.get_xlabel(), two.get_ylabel()) == ("energy", "true, eV", "predicted")
    assert [len(points.get_offsets()) for points in two.collections] == [60, 60]
    shown = np.asarray(one.collections[0].get_offsets())
    np.testing.assert_allclose(shown[:, 1] - shown[:, 0], 0.1, atol=1e-6)
    assert [text.get_text() for text in one.get_legend().get_texts()] == ["one", "two"]
    assert save_figure(figure, tmp_path / "parity.png").stat().st_size > 5000


def test_many_targets_are_in_rows():
    values = {f"target {k}": torch.randn(5) for k in range(9)}
    figure = parity_figure(dict.fromkeys(values, "eV"), [Predictions("one", values, values)])
    assert len(figure.axes) == 9
    assert len({round(axis.get_subplotspec().rowspan.start) for axis in figure.axes}) == 3


def test_many_points_are_thinned():
    many = {"energy": torch.randn(3 * SHOWN)}
    (axis,) = parity_figure({"energy": "eV"}, [Predictions("many", many, many)]).axes
    assert len(axis.collections[0].get_offsets()) == SHOWN
