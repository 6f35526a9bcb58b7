"""Moving surfaces as GIFs: along a trajectory, or along any path."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from torch_molfield.surface.mesh import Integers
from torch_molfield.viz.camera import Camera
from torch_molfield.viz.figures import TRUE_COLOR, error_colors, error_limit
from torch_molfield.viz.molecule import ball_and_stick
from torch_molfield.viz.render import Layer, render
from torch_molfield.viz.report_data import SurfaceFrame

if TYPE_CHECKING:
    from PIL import Image

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
    """Return an endless GIF (bytes) of a moving surface: exact (left), and learned, coloured by its error (right).

    Args:
        z: ``[N]`` atomic numbers.
        frames: the frames in order of time.
        interval: time between frames, shown in the caption.
        unit: unit of ``interval``, fs or frame.
        width, height: of each picture, pixels.
        rate: frames per second.

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
    return _endless(pictures, rate)


def layers_gif(frames: Sequence[Sequence[Layer]], captions: Sequence[str], camera: Camera, rate: float = 6.0) -> bytes:
    """Surfaces frame by frame under their captions, as the bytes of an endless GIF that runs there and back.

    Raises:
        ValueError: if there are no frames.
    """
    from PIL import Image, ImageDraw, ImageFont

    if not frames:
        raise ValueError("there are no frames to animate; give at least one list of surfaces.")
    font, pictures = ImageFont.truetype(_font_file(), 13), []
    for layers, caption in zip(frames, captions, strict=True):
        picture = Image.new("RGB", (camera.width, camera.height + CAPTION_HEIGHT), "white")
        picture.paste(Image.fromarray(render(layers, camera)), (0, CAPTION_HEIGHT))
        ImageDraw.Draw(picture).text((8, 5), caption, fill="black", font=font)
        pictures.append(picture)
    return _endless(pictures + pictures[-2:0:-1], rate)


def _endless(pictures: Sequence[Image.Image], rate: float) -> bytes:
    from PIL.Image import Dither

    palette = pictures[0].quantize(128)
    flat = [picture.quantize(palette=palette, dither=Dither.NONE) for picture in pictures]
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
