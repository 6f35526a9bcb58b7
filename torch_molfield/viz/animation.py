"""A surface moving along a trajectory, as a GIF."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from torch_molfield.surface.mesh import Integers
from torch_molfield.viz.camera import Camera
from torch_molfield.viz.figures import TRUE_COLOR, error_colors, error_limit
from torch_molfield.viz.molecule import ball_and_stick
from torch_molfield.viz.render import Layer, render
from torch_molfield.viz.report_data import SurfaceFrame

CAPTION_HEIGHT = 26


def surface_gif(
    z: Integers,
    frames: Sequence[SurfaceFrame],
    interval: float,
    unit: str = "fs",
    width: int = 300,
    height: int = 260,
    rate: float = 15.0,
) -> bytes:
    """True (left) and learned surface painted with its error (right), as the bytes of an endless GIF.

    ``z [N]``; ``interval`` (``unit``: fs, or frame) between frames, shown in the caption; ``rate`` frames a second.

    Raises:
        ValueError: if there are no frames.
    """
    from PIL import Image, ImageDraw, ImageFont

    if not frames:
        raise ValueError("there are no frames to animate; give at least one SurfaceFrame.")
    camera = Camera.facing(np.concatenate([frame.true.vertices for frame in frames]), width, height)
    limit = error_limit([frame.error for frame in frames])
    font, pictures = ImageFont.truetype(_font_file(), 13), []
    for number, frame in enumerate(frames):
        molecule = ball_and_stick(z, frame.pos)
        colors = error_colors(frame.error, limit)
        true = render([molecule, Layer(frame.true, TRUE_COLOR, 0.5)], camera)
        learned = render([molecule, Layer(frame.learned, colors, 0.72)], camera)
        picture = Image.new("RGB", (2 * width, height + CAPTION_HEIGHT), "white")
        picture.paste(Image.fromarray(np.concatenate([true, learned], axis=1)), (0, CAPTION_HEIGHT))
        pen = ImageDraw.Draw(picture)
        pen.text((8, 5), f"true   {moment(number * interval, unit)}", fill="black", font=font)
        pen.text((width + 8, 5), f"learned, error ±{limit:g} Å (red: outside)", fill="black", font=font)
        pictures.append(picture)
    palette = pictures[0].quantize(128)
    flat = [picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in pictures]
    buffer = io.BytesIO()
    duration = round(1000 / rate)
    flat[0].save(buffer, "GIF", save_all=True, append_images=flat[1:], duration=duration, loop=0, optimize=True)
    return buffer.getvalue()


def moment(time: float, unit: str) -> str:
    """``t = 8 fs``, ``frame 8``."""
    return f"t = {time:.0f} fs" if unit == "fs" else f"{unit} {time:.0f}"


def _font_file() -> Path:
    """DejaVu, which matplotlib carries and which has the letter Å."""
    from matplotlib import get_data_path

    return Path(get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
