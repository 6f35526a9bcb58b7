"""Outputs of every shipped model and closed-form field for a handful of molecules: what ``outputs.npz`` records.

``python tests/reference/outputs.py`` records them anew; do that only where an answer was wrong, and say so.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from torch_molfield.data import BundledTrajectories
from torch_molfield.fields import (
    ElectrostaticPotential,
    GaussianField,
    OccupancyField,
    PromolecularDensity,
    PropertyField,
    SignedDistanceField,
)
from torch_molfield.fields.base import Field
from torch_molfield.geometry import canonical_frames
from torch_molfield.geometry.united_atoms import pad_sites, to_sites
from torch_molfield.models import MoleculeGenerator, QDFDensity, QuantumDeepField, list_pretrained, load_model
from torch_molfield.surface import mesh_molecule
from torch_molfield.testing.molecules import molecule

RECORDED = Path(__file__).with_name("outputs.npz")
#: frames of bundled trajectories, far from their start, and ideal geometries of high symmetry
FRAMES = {"ethanol": 700, "aspirin": 1100, "water_dimer": 300}
IDEAL = ("CH4", "CO2", "R-CHFClBr")
#: points around each molecule
NUM_POINTS = 40


def molecules(ideal: bool = True) -> dict[str, tuple[Tensor, Tensor]]:
    """``(z, pos)`` by name; only C, H, N, O without the ideal geometries."""
    found = {}
    for name, frame in FRAMES.items():
        data = BundledTrajectories(name)[frame]
        found[name] = (data.z, data.pos.double())
    return found | ({name: molecule(name) for name in IDEAL} if ideal else {})


def points_around(pos: Tensor) -> Tensor:
    """Points at random atoms + N(0, 1 Å), the same on every machine."""
    rng = np.random.default_rng(5)
    atom = torch.from_numpy(rng.integers(len(pos), size=NUM_POINTS))
    return pos[atom] + torch.from_numpy(rng.normal(size=(NUM_POINTS, 3)))


def closed_form_fields() -> dict[str, Field]:
    """One of every closed-form field, with parameters that are not the defaults where that asks more of it."""
    surfaces = {f"signed_distance_{kind}": SignedDistanceField(kind) for kind in ("vdw", "sas", "ses")}
    return {
        "gaussian": GaussianField(sigma=0.4),
        "gaussian_by_element": GaussianField(channels=["H", "C", "O", "others"], sigma=0.6),
        "occupancy": OccupancyField(),
        "promolecular": PromolecularDensity(),
        "property": PropertyField(("pauling", "polarizability")),
        "nuclear_potential": ElectrostaticPotential(),
        **surfaces,
    }


def outputs() -> dict[str, np.ndarray]:
    """All outputs by name."""
    torch.manual_seed(0)
    return {name: value.detach().double().numpy() for name, value in (_fields() | _geometry() | _models()).items()}


def _fields() -> dict[str, Tensor]:
    found = {}
    for name, (z, pos) in molecules().items():
        charges = torch.linspace(-0.4, 0.4, len(z), dtype=torch.float64)
        for label, field in closed_form_fields().items():
            found[f"field/{label}/{name}"] = field(points_around(pos), z, pos)
        smeared = ElectrostaticPotential(charges, width=0.3)
        found[f"field/charge_potential/{name}"] = smeared(points_around(pos), z, pos)
    return found


def _geometry() -> dict[str, Tensor]:
    found = {}
    for name, (z, pos) in molecules(ideal=False).items():
        frames = canonical_frames(z, pos)
        found[f"frames/{name}"] = torch.cat([frames.weight, frames.rotation.abs().flatten()])
    for kind in ("vdw", "ses"):
        z, pos = molecules()["ethanol"]
        mesh = mesh_molecule(SignedDistanceField(kind), z, pos, 0.4)
        found[f"mesh/{kind}"] = torch.tensor([mesh.area, mesh.volume])
    return found


def _models() -> dict[str, Tensor]:
    """In float64, so that the figures are the same on every machine."""
    found = {}
    for name in list_pretrained():
        model = load_model(name).double()
        asked = molecules(ideal=False)
        if isinstance(model, QuantumDeepField):
            del asked["aspirin"]  # half a minute
        for label, (z, pos) in asked.items():
            for key, value in _asked(model, z, pos).items():
                found[f"model/{name}/{key}/{label}"] = value
    return found


def _asked(model: torch.nn.Module, z: Tensor, pos: Tensor) -> dict[str, Tensor]:
    """What a model gives for one molecule, by name."""
    kind = type(model).__name__
    if kind == "MolField":
        field = model(z, pos)
        points = points_around(pos)
        return {"values": field(points), "gradient": field.gradient(points), "tokens": field.tokens[0, ::7]}
    if kind == "EnergyMolField":
        return model.forces(z, pos)
    if kind == "QuantumDeepField":
        return {"values": model(z, pos), "density": QDFDensity(model)(points_around(pos), z, pos)}
    if kind == "MoleculeGenerator":
        return _velocities(model, z, pos)
    if kind == "ElectronDensityMolField":
        density = model(z, pos)
        points = points_around(pos)
        return {"values": density(points), "potential": density.potential(points), "dipole": density.dipole}
    return dict(model(z, pos))


def _velocities(model: MoleculeGenerator, z: Tensor, pos: Tensor) -> dict[str, Tensor]:
    """Of a molecule whose sites the model knows; nothing of others."""
    molecule = to_sites(z, pos - pos.mean(0))  # not canonical: the signs of those axes are arbitrary
    try:
        model.check_labels(molecule.labels)
    except ValueError:
        return {}
    sites = pad_sites([molecule], model.labels)
    values = torch.full((1, len(model.targets)), torch.nan, dtype=torch.float64)
    values[:, :1] = 10.0  # the first property is asked for
    context = model.conditions(values)
    found = model(sites, pos.new_tensor([0.5]), context)
    sizes = model.size_model.log_likelihood(torch.tensor([len(z)]), context)
    likelihood = model.label_model.log_likelihood(sites.label, context)
    return {"pos": found.pos, "hydrogens": found.hydrogens, "labels": likelihood, "sizes": sizes}


if __name__ == "__main__":
    np.savez_compressed(RECORDED, **outputs())
