"""A tiny model of every registered class, and how each is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from torch_molfield.geometry.united_atoms import pad_sites, to_sites
from torch_molfield.models import MODELS
from torch_molfield.testing import molecule

FIELD = {"hidden": 8, "depth": 2, "num_frequencies": 8, "width": 8, "vectors": 2, "heads": 2, "trunk_layers": 1}
LATENT = {"channels": ("H", "C", "O"), "half_width": 5.0, "network": {"latent": 4, "hidden": 8, "depth": 2}}
MOTION = {"width": 8, "vectors": 2, "layers": 1, "field": FIELD}
TARGETS = [{"name": "energy"}, {"name": "dipole", "kind": "vector"}]
#: arguments of the constructor
SETTINGS: dict[str, dict[str, Any]] = {
    "DynamicSurface": {"hidden": 16, "depth": 2, "skip": 1, "latent": 2},
    "ElectronDensityMolField": {"width": 8, "tensors": 4, "layers": 2, "radial": 4, "sources": 2},
    "EnergyMolField": {"width": 8, "vectors": 2, "layers": 1, "charges": True},
    "FittedSurface": {"hidden": 8, "depth": 1},
    "GraphNeuralField": {**LATENT, "field": FIELD},
    "GridNeuralField": {**LATENT, "grid": 8},
    "InterpolatedMolField": MOTION,
    "MolField": FIELD,
    "MolecularNeuralField": {**LATENT, "shapes": 2},
    "MovingMolField": MOTION,
    "MoleculeGenerator": {
        "labels": [(6, 1, 1), (7, 0, 1), (8, 2, 0)],
        "max_sites": 3,
        "max_atoms": 6,
        "hidden_channels": 8,
        "num_layers": 1,
        "num_heads": 2,
        "label_channels": 8,
    },
    "PatchedMolField": {"field": FIELD},
    "PropertyMolField": {
        "targets": [{"name": "energy"}, {"name": "dipole", "kind": "vector"}],
        "width": 8,
        "field": FIELD,
    },
    "QuantumDeepField": {"targets": [{"name": "energy"}], "width": 4, "layers": 1, "grid": {"shells": 5, "degree": 5}},
}
#: of what the models are asked; two molecules have symmetric frames
NAMES = ("H2O", "CH4", "HCN")
Molecules = Sequence[tuple[Tensor, Tensor]]


def make(name: str) -> Any:
    """The tiny model of a class, with weights in which nothing is zero, in float64."""
    torch.manual_seed(0)
    model = MODELS.get(name)(**SETTINGS[name]).double().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.02 * torch.randn_like(parameter)
    return model


def subjects() -> Molecules:
    """``(z, pos)`` of the molecules in float64."""
    return [molecule(name) for name in NAMES]


def ask(model: nn.Module, molecules: Molecules) -> Tensor:
    """What a model gives for some molecules in one call, on its device: rows per molecule, atom or point."""
    device = next(model.parameters()).device
    z, pos = (torch.cat(column).to(device) for column in zip(*molecules, strict=True))
    sizes = torch.tensor([len(each) for each, _ in molecules], device=device)
    batch = torch.arange(len(molecules), device=device).repeat_interleave(sizes)
    with torch.no_grad():
        return ASK[type(model).__name__](model, z, pos, batch)


def _function(model: Any, z: Tensor, pos: Tensor, batch: Tensor) -> Tensor:
    return model(z, pos, batch)(pos + 0.3, batch)


def _patches(model: Any, z: Tensor, pos: Tensor, batch: Tensor) -> Tensor:
    """One molecule at a time is all that it takes."""
    parts = [(z[batch == k], pos[batch == k]) for k in range(int(batch[-1]) + 1)]
    return torch.cat([model(a, x)(x + 0.3) for a, x in parts])


def _directions(model: Any, z: Tensor, pos: Tensor, batch: Tensor) -> Tensor:
    """Velocities of the sites of the molecules that have some."""
    parts = [(z[batch == k], pos[batch == k]) for k in range(int(batch[-1]) + 1)]
    sites = [to_sites(a, x) for a, x in parts if int((a == 1).sum()) < 4]
    if not sites:
        return pos.new_zeros(0, 12)
    padded = pad_sites(sites, model.labels)
    found = model(padded, pos.new_full((len(sites),), 0.4))
    return torch.cat([found.pos[padded.mask], found.hydrogens[padded.mask].flatten(1)], dim=1)


def _values(model: Any, z: Tensor, pos: Tensor, batch: Tensor) -> Tensor:
    count = int(batch[-1]) + 1
    found = [each.reshape(count, -1) for each in model.predict(z, pos, batch).values() if len(each) == count]
    return torch.cat(found, dim=1)


def _grids(model: Any, z: Tensor, pos: Tensor, batch: Tensor) -> Tensor:
    count, side = int(batch[-1]) + 1, model.grid
    first = pos[torch.searchsorted(batch, torch.arange(count, device=batch.device))]
    ramp = torch.arange(side**3 * 3, device=pos.device, dtype=pos.dtype).reshape(1, side, side, side, 3)
    return model.encode(torch.sin(ramp + first.sum(1).reshape(-1, 1, 1, 1, 1)))


def _between(model: Any, z: Tensor, pos: Tensor, batch: Tensor) -> Tensor:
    knots = torch.stack([pos + 0.02 * k * pos.sin() for k in range(4)], dim=1)
    share = torch.linspace(0.2, 0.8, 2, device=pos.device, dtype=pos.dtype)
    return model.passage(z, knots, batch).at(share.expand(int(batch[-1]) + 1, 2)).flatten(1)


def _ahead(model: Any, z: Tensor, pos: Tensor, batch: Tensor) -> Tensor:
    time = pos.new_tensor([[5.0, 10.0]]).expand(int(batch[-1]) + 1, 2)
    return model.motion(z, pos, 0.01 * pos.cos(), batch).at(time).flatten(1)


Ask = Callable[[Any, Tensor, Tensor, Tensor], Tensor]
#: class -> what it gives for ``(model, z [N], pos [N, 3], batch [N])``
ASK: dict[str, Ask] = {
    "DynamicSurface": lambda model, z, pos, batch: model(pos, 0.3),
    "ElectronDensityMolField": _function,
    "EnergyMolField": _values,
    "FittedSurface": lambda model, z, pos, batch: model(pos),
    "GraphNeuralField": _function,
    "GridNeuralField": _grids,
    "InterpolatedMolField": _between,
    "MolField": _function,
    "MolecularNeuralField": lambda model, z, pos, batch: model.shape(1)(pos),
    "MovingMolField": _ahead,
    "MoleculeGenerator": _directions,
    "PatchedMolField": _patches,
    "PropertyMolField": _values,
    "QuantumDeepField": _values,
}
