import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from torch_molfield.surface import Mesh
from torch_molfield.viz.animation import surface_gif


def test_a_gif_has_a_picture_for_each_frame_and_repeats(water_report, water_frame):
    shift = np.array([0.0, 0.4, 0.0])
    moved = replace(
        water_frame, pos=water_frame.pos + shift, true=Mesh(water_frame.true.vertices + shift, water_frame.true.faces)
    )
    content = surface_gif(water_report.molecules[0].z, [water_frame, moved, water_frame], 8.0, width=120, height=100)
    picture = Image.open(io.BytesIO(content))
    assert picture.format == "GIF"
    assert picture.n_frames == 3
    assert picture.info["loop"] == 0
    assert picture.size == (240, 126)
    shown = []
    for number in range(3):
        picture.seek(number)
        shown.append(np.asarray(picture.convert("RGB")).astype(int)[26:, :120])
    assert np.abs(shown[0] - shown[1]).mean() > 1
    assert np.abs(shown[0] - shown[2]).mean() < 0.5


def test_no_frames_are_refused(water_report):
    with pytest.raises(ValueError, match="no frames"):
        surface_gif(water_report.molecules[0].z, [], 1.0)
