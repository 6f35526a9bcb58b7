"""Channels of a field: which atoms belong to which column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from torch_molfield.data.elements import atomic_number, symbols

OTHERS = "others"
ALL = "all"
#: MiNF's channels (Lhotka and Probst 2025); every element has one, the last takes what the others leave.
ORGANIC = ("H", "C", "N", "O", "F", "P", "S", "Cl", OTHERS)

ChannelSpec = Sequence[str] | Mapping[str, Sequence[str | int]]


class Channels:
    """Columns of a field by element.

    Args:
        spec: symbols of elements, one channel each; or a mapping from a channel's name to its elements. The name
            ``"others"`` takes every element that no other channel names, ``"all"`` every atom.
        ignore: elements that may have no channel (they contribute nothing).

    Raises:
        ValueError: for a name that is not an element, a name given twice, or an empty specification.
    """

    def __init__(self, spec: ChannelSpec = ORGANIC, ignore: Sequence[str] = ()) -> None:
        if isinstance(spec, str) or not spec:
            raise ValueError(
                f"channels must be a non-empty list of names or a mapping of names to elements, got {spec!r}."
            )
        groups: Mapping[str, Sequence[str | int]]
        groups = (
            spec if isinstance(spec, Mapping) else {name: () if name in (OTHERS, ALL) else (name,) for name in spec}
        )
        self.names = tuple(groups)
        #: the specification as given, for ``repr``
        self.groups = {k: tuple(v) for k, v in spec.items()} if isinstance(spec, Mapping) else tuple(spec)
        if not isinstance(spec, Mapping) and len(self.names) != len(spec):
            raise ValueError(f"channels {tuple(spec)} name one channel twice; remove the repetition.")
        self._table = torch.zeros(119, len(self.names), dtype=torch.bool)
        for column, elements in enumerate(groups.values()):
            self._table[[atomic_number(e) for e in elements], column] = True
        named = self._table.any(dim=1)
        for special, rows in ((OTHERS, ~named), (ALL, torch.ones_like(named))):
            if special in self.names:
                self._table[rows, self.names.index(special)] = True
        self._known = self._table.any(dim=1)
        self._known[[atomic_number(e) for e in ignore]] = True

    def membership(self, z: Tensor, dtype: torch.dtype) -> Tensor:
        """``[N, C]`` 1 where atom ``z [N]`` belongs to the channel, else 0.

        Raises:
            ValueError: for an element without a channel that is not ignored.
        """
        known = self._known.to(z.device)[z]
        if not bool(known.all()):
            names = ", ".join(symbols(torch.unique(z[~known])))
            raise ValueError(f"channels {self.names} do not cover {names}; add it, or 'others', or ignore=[...].")
        return self._table.to(z.device)[z].to(dtype)


def per_atom(name: str, values: Tensor, pos: Tensor) -> Tensor:
    """Values ``[N]`` given by the caller, checked against the atoms and moved to their device and dtype."""
    if values.dim() != 1 or values.shape[0] != pos.shape[0]:
        raise ValueError(f"{name} must have shape [{pos.shape[0]}], one value per atom, got {list(values.shape)}.")
    if not bool(torch.isfinite(values).all()):
        raise ValueError(f"{name} contains NaN or infinity; repair it before building the field.")
    return values.to(device=pos.device, dtype=pos.dtype)


def positive(name: str, value: float, unit: str) -> float:
    """``value`` as a float if it is finite and > 0, else ``ValueError``."""
    if not 0.0 < value < float("inf"):
        raise ValueError(f"{name} must be a positive finite number{' of ' + unit if unit else ''}, got {value}.")
    return float(value)
