"""Settings with which every task takes its steps in little time."""

import torch
from torch_geometric.data import Data

from torch_molfield.data import BundledTrajectories
from torch_molfield.models import MolField
from torch_molfield.nn.gaussians import density_basis
from torch_molfield.training import train
from torch_molfield.training.tasks import find_task

SMALL = {"hidden": 8, "depth": 2, "num_frequencies": 16, "width": 8, "vectors": 2, "heads": 2, "trunk_layers": 1}
PATH = {"width": 8, "vectors": 2, "layers": 1, "batch_size": 2}
QDF = {"targets": ["energy"], "batch_size": 2, "model": {"width": 4, "layers": 1}}
GENERATOR = {"hidden_channels": 8, "num_layers": 1, "num_heads": 2, "label_channels": 8}
ELECTRONS = {"width": 8, "tensors": 4, "layers": 2, "radial": 4, "sources": 2}
#: name of a case -> task and its settings
CASES = {
    "surface": ("surface", {"num_points": 16, "batch_size": 2, "workers": 0, "model": SMALL}),
    "patches": ("patches", {"num_points": 16, "batch_size": 2, "workers": 0, "model": SMALL}),
    "density": ("density", {"num_points": 16, "batch_size": 2, "charges": True, "model": SMALL}),
    "electron density": ("electron-density", {"batch_size": 2, "num_points": 8, "model": ELECTRONS}),
    "property": ("property", {"targets": ["energy", "dipole"], "batch_size": 2, "model": SMALL}),
    "property with a start": ("property", {"targets": ["energy"], "batch_size": 2}),
    "forces": ("forces", {"batch_size": 2, "charges": True, "model": {"width": 8, "vectors": 2, "radial": 4}}),
    "generator": ("generator", {"properties": ["energy"], "batch_size": 2, "model": GENERATOR}),
    "qdf": ("qdf", QDF),
    "faithful qdf": ("qdf", {**QDF, "mode": "faithful"}),
    "motion": ("motion", {**PATH, "workers": 0, "horizon": 10.0, "moments": 2}),
    "interpolation": ("interpolation", {**PATH, "workers": 0, "stride": 2}),
}


def make(name, **settings):
    """The task of a case; three steps where the settings do not say otherwise."""
    task, given = CASES[name]
    cls, values = find_task(task), {**given, "max_steps": 3, **settings}
    torch.manual_seed(0)
    if task in ("motion", "interpolation"):
        return cls(values, field=MolField(**SMALL, elements=[1, 8]))
    return cls(values, start=MolField(**SMALL, elements=[1, 8])) if "start" in name else cls(values)


def learn(task, molecules, folder, **options):
    """The trained model."""
    return train(task, molecules, directory=folder, accelerator="cpu", progress_bar=False, **options)


def frames() -> list[Data]:
    """Twenty frames of the water dimer with all that a task may learn; densities are made up."""
    return [_with_density(frame) for frame in BundledTrajectories("water_dimer").split("train")[:20]]


def _with_density(frame: Data) -> Data:
    generator = torch.Generator().manual_seed(0)
    frame.charge = torch.zeros(1)
    frame.coefficients = 0.01 * torch.randn(int(density_basis().sizes(frame.z).sum()), generator=generator)
    frame.points = frame.pos + 0.3
    frame.field_values = torch.rand(len(frame.z), 1, generator=generator)
    frame.point_weights = torch.ones(len(frame.z), 1)
    return frame
