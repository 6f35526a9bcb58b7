"""A model by its folder alone."""

from __future__ import annotations

from pathlib import Path

from torch_molfield.models.dynamic_surface import DynamicSurface
from torch_molfield.models.energy_molfield import EnergyMolField
from torch_molfield.models.fitted_surface import FittedSurface
from torch_molfield.models.graph_neural_field import GraphNeuralField
from torch_molfield.models.grid_neural_field import GridNeuralField
from torch_molfield.models.interpolated_molfield import InterpolatedMolField
from torch_molfield.models.molecular_neural_field import MolecularNeuralField
from torch_molfield.models.molfield import MolField
from torch_molfield.models.moving_molfield import MovingMolField
from torch_molfield.models.patched_molfield import PatchedMolField
from torch_molfield.models.pretrained import CONFIG, Pretrained, find_pretrained, read_model_name
from torch_molfield.models.property_molfield import PropertyMolField
from torch_molfield.models.quantum_deep_field import QuantumDeepField

_CLASSES: dict[str, type[Pretrained]] = {
    cls.__name__: cls
    for cls in (
        DynamicSurface,
        EnergyMolField,
        FittedSurface,
        GraphNeuralField,
        GridNeuralField,
        InterpolatedMolField,
        MolField,
        MolecularNeuralField,
        MovingMolField,
        PatchedMolField,
        PropertyMolField,
        QuantumDeepField,
    )
}


def load_model(name_or_directory: str | Path) -> Pretrained:
    """A shipped model by name, or one from a folder, of whatever class it is; offline, in eval mode.

    Raises:
        FileNotFoundError: if there is no such model.
        ValueError: for a folder that no class here has written.
    """
    directory = find_pretrained(name_or_directory)
    name = read_model_name(directory / CONFIG)
    if name not in _CLASSES:
        raise ValueError(f"{directory} holds a {name}, which is none of {', '.join(_CLASSES)}.")
    return _CLASSES[name].from_pretrained(directory)


def model_class(name: str) -> type[Pretrained]:
    """The class of a model by its name."""
    return _CLASSES[name]
