"""What models predict is finite, or the molecule is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

REMEDY = "Its geometry is unlike those that the model was trained on; repair it, or leave it out."


class NotFiniteError(ValueError):
    """A model gives NaN or infinity.

    Attributes:
        problems: what is wrong, by the number of the molecule.
    """

    def __init__(self, problems: Mapping[int, str], alone: bool) -> None:
        number, problem = next(iter(problems.items()))
        super().__init__(problem if alone else f"molecule {number} of the batch: {problem}")
        self.problems = dict(problems)


def not_finite(found: Mapping[str, Tensor], batch: Tensor | None = None) -> dict[int, str]:
    """The sentence for each molecule with NaN or infinity, by its number.

    Args:
        found: by name values of molecules ``[B, ...]``, or of atoms ``[N, ...]`` where ``batch`` is given.
        batch: ``[N]`` the molecule of each atom.
    """
    names: dict[int, list[str]] = {}
    for name, rows in found.items():
        bad = ~torch.isfinite(rows.detach()).unsqueeze(-1).flatten(1).all(dim=1)
        if bool(bad.any()):
            numbers = batch[bad] if batch is not None and len(batch) == len(rows) else bad.nonzero()[:, 0]
            for number in torch.unique(numbers).tolist():
                names.setdefault(number, []).append(name)
    return {number: _sentence(names[number]) for number in sorted(names)}


def check_finite(found: Mapping[str, Tensor], batch: Tensor | None) -> None:
    """Refuse NaN and infinity in what a model has found; arguments as of :func:`not_finite`.

    Nothing is checked while a model is compiled.

    Raises:
        NotFiniteError: with the molecules.
    """
    if torch.compiler.is_compiling():
        return
    problems = not_finite(found, batch)
    if problems:
        raise NotFiniteError(problems, alone=batch is None or int(batch[-1]) == 0)


def _sentence(names: Sequence[str]) -> str:
    shown = ", ".join(names[:3]) + (" and others" if len(names) > 3 else "")
    return f"the model gives no finite {shown}. {REMEDY}"
