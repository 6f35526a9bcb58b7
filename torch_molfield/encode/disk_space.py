"""Whether the arrays of a library fit on the disk, asked before the work."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

from torch_molfield.encode.encoders import Encoder

#: assumed length of arrays whose lengths differ between molecules, such as values of the atoms
LONG = 50
#: bytes of number, name and SMILES of a molecule, some
TEXT = 100


def require_disk_space(directory: Path, encoder: Encoder, molecules: int) -> None:
    """Raise an error if there is not enough space in a folder.

    Args:
        directory: the folder.
        encoder: the encoder.
        molecules: number of molecules still to be encoded.

    Raises:
        OSError: with the space that is needed and the space that is left.
    """
    numbers = sum(math.prod(LONG if size < 0 else size for size in shape) for shape in encoder.shapes.values())
    needed, free = molecules * (numbers * encoder.dtype.itemsize + TEXT), shutil.disk_usage(directory).free
    if needed > free:
        raise OSError(
            f"{directory} has {free / 1e9:.1f} GB left, and the arrays of {molecules} molecules take some "
            f"{needed / 1e9:.1f} GB; free some space, or choose another folder."
        )
