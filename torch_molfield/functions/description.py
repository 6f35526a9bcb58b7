"""A text that tells two objects with other parameters apart."""

from __future__ import annotations

import hashlib

from torch import Tensor


class Described:
    """Base of classes whose ``repr`` names the constructor's arguments, by which PyG finds stale datasets."""

    #: names of the constructor's arguments that change the output
    parameters: tuple[str, ...] = ()

    def parameter(self, name: str) -> object:
        """Value of a constructor's argument, for ``repr``."""
        return getattr(self, name)

    def __repr__(self) -> str:
        arguments = ", ".join(f"{name}={describe(self.parameter(name))}" for name in self.parameters)
        return f"{type(self).__name__}({arguments})"


def describe(value: object) -> str:
    """``repr`` of a parameter; a tensor by its shape and a checksum, so that other numbers give another text."""
    if not isinstance(value, Tensor):
        return repr(value)
    digest = hashlib.sha256(value.detach().cpu().contiguous().numpy().tobytes()).hexdigest()[:12]
    return f"Tensor({list(value.shape)}, {value.dtype}, sha256={digest})"
