"""The function of space that a model gives for the atoms of a molecule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from torch_molfield.functions.base import FieldFunction
from torch_molfield.models.graph_neural_field import GraphNeuralField
from torch_molfield.models.molfield import MolField
from torch_molfield.models.patched_molfield import PatchedMolField
from torch_molfield.models.qdf_density import QDFDensity
from torch_molfield.models.quantum_deep_field import QuantumDeepField

Make = Callable[[Any, Tensor, Tensor], FieldFunction]


def _called(model: nn.Module, z: Tensor, pos: Tensor) -> FieldFunction:
    return model(z, pos)


_MAKERS: dict[type[nn.Module], Make] = {
    GraphNeuralField: _called,
    MolField: _called,
    PatchedMolField: _called,
    QuantumDeepField: lambda model, z, pos: QDFDensity(model).bind(z, pos),
}


def molecule_function(model: nn.Module, z: Tensor, pos: Tensor) -> FieldFunction:
    """The function of space of one molecule, ``z [N]``, ``pos [N, 3]`` Å: of a quantum deep field its density.

    Raises:
        ValueError: for a model that gives none from atoms alone.
    """
    make = _MAKERS.get(type(model))
    if make is None:
        names = ", ".join(sorted(cls.__name__ for cls in _MAKERS))
        raise ValueError(f"{type(model).__name__} gives no function of space from atoms alone, as {names} do.")
    return make(model, z, pos)
