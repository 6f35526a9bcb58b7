"""Whether a model that a training begins with knows the elements of the molecules."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch_geometric.data import Data

from torch_molfield.data.elements import symbols


def require_known_elements(molecules: Sequence[Data], known: Sequence[int] | None) -> None:
    """``ValueError`` that names the first molecule with another element by its ``place`` in the file, where it has
    that attribute, or in the sequence; ``None`` knows all."""
    if known is None:
        return
    numbers = torch.tensor(known)
    strange = [(k, set(symbols(molecules[k].z)) - set(symbols(numbers))) for k in range(len(molecules))]
    found = [(int(molecules[k].get("place", k)), elements) for k, elements in strange if elements]
    if found:
        place, elements = found[0]
        others = f"; {len(found)} molecules have such elements" if len(found) > 1 else ""
        raise ValueError(
            f"molecule {place} has {', '.join(sorted(elements))}, but the model to begin with knows only "
            f"{', '.join(symbols(numbers))}{others}. Leave them out, or begin without that model."
        )
