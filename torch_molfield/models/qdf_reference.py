"""The published weights of QDF (QuantumDeepField_molecule, MIT licence), from an npz archive of their arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from torch_molfield.data.elements import SYMBOLS
from torch_molfield.data.io.npz import read_npz
from torch_molfield.models.quantum_deep_field import QuantumDeepField

#: name of a parameter → name of its array; ``{}`` is the number of a layer
_NAMES = {
    "functional.out": "W_property",
    "potential.enter": "W_density",
    "potential.out": "W_potential",
    "functional.layers.{}": "W_functional__{}",
    "potential.layers.{}": "W_HK__{}",
}
_REMEDY = (
    "It must hold the state dict of the published model as arrays, dots written as two underscores, and "
    "orbital_labels, the labels of its rows of orbitals in order."
)


def read_reference(path: str | Path) -> QuantumDeepField:
    """The published model.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: for weights of another basis, or arrays that are missing or of other shapes.
    """
    arrays = read_npz(path, ["orbital_labels", "coefficient__weight", "zeta__weight"], _REMEDY)
    labels = arrays["orbital_labels"].tolist()
    elements = sorted({SYMBOLS.index(label.rstrip("0123456789spdf")) + 1 for label in labels if _known(label)})
    layers = sum(name.startswith("W_functional__") and name.endswith("weight") for name in arrays)
    width = arrays["coefficient__weight"].shape[1]
    model = QuantumDeepField("faithful", elements or [1], width=width, layers=layers)
    if sorted(labels) != sorted(model.basis.labels):
        odd = sorted(set(labels) ^ set(model.basis.labels))
        raise ValueError(
            f"{path} belongs to another basis than 6-31G as published: it differs in {', '.join(odd[:6])}"
            f"{' and others' if len(odd) > 6 else ''}. {_REMEDY}"
        )
    order = [labels.index(label) for label in model.basis.labels]
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            _fill(path, name, parameter, arrays, order)
    return model.eval()


def _known(label: str) -> bool:
    return label.rstrip("0123456789spdf") in SYMBOLS


def _fill(
    path: str | Path, name: str, parameter: torch.nn.Parameter, arrays: dict[str, np.ndarray], order: list[int]
) -> None:
    key = _key(name)
    if key not in arrays:
        raise ValueError(f"{path} lacks {key!r}. {_REMEDY}")
    values = torch.from_numpy(arrays[key].astype(np.float32))
    if name == "lcao.basis.zeta":
        values = values.reshape(-1)
    if name in ("lcao.basis.zeta", "lcao.coefficient"):
        values = values[order]
    if values.shape != parameter.shape:
        raise ValueError(
            f"{path}: {key!r} has shape {tuple(values.shape)}, expected {tuple(parameter.shape)}. {_REMEDY}"
        )
    parameter.copy_(values)


def _key(name: str) -> str:
    if name == "lcao.basis.zeta":
        return "zeta__weight"
    if name == "lcao.coefficient":
        return "coefficient__weight"
    module, kind = name.rsplit(".", 1)
    stem, _, number = module.rpartition(".")
    pattern = f"{stem}.{{}}" if number.isdigit() else module
    return f"{_NAMES[pattern].format(number)}__{kind}"
