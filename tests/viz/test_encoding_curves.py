import numpy as np
import torch

from torch_molfield.nn import RegularizedPositionalEncoding
from torch_molfield.viz import encoding_figure, save_figure


def learned():
    torch.manual_seed(0)
    made = RegularizedPositionalEncoding(5, 0.0, 5.0, knots=20)
    made.table.data[:, 3] += torch.randn(22)
    made.table.data[:, 1] += 0.1 * torch.randn(22)
    return made


def test_channels_that_changed_most_come_first():
    (axis,) = encoding_figure(learned(), channels=2).axes
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ["channel 3", "channel 1"]
    now, before, *_ = axis.get_lines()
    x = torch.from_numpy(np.asarray(now.get_xdata(), dtype=np.float32))
    encoding = learned()
    np.testing.assert_allclose(now.get_ydata(), encoding(x)[:, 3].detach(), atol=1e-6)
    encoding.reset_parameters()
    np.testing.assert_allclose(before.get_ydata(), encoding(x)[:, 3].detach(), atol=1e-5)


def test_the_data_lie_under_the_curves(tmp_path):
    values = torch.cat([1.0 + torch.rand(500), torch.tensor([7.0])])  # one beyond the range
    figure = encoding_figure(learned(), values, "distance, Å")
    curves, knots, data = figure.axes
    assert data.get_xlabel() == "distance, Å"
    assert curves.get_xlim() == knots.get_xlim() == (0.0, 5.0)
    high = [bar.get_x() for bar in data.patches if bar.get_height() > 0]
    assert 0.9 < min(high) < max(high) < 2.0
    assert sum(bar.get_height() > 0 for bar in knots.patches) < 22
    assert save_figure(figure, tmp_path / "encoding.png").stat().st_size > 10000
