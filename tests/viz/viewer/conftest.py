import numpy as np
import pytest
import torch

from torch_molfield.data import from_smiles
from torch_molfield.data.molfield_data import MolFieldData
from torch_molfield.fields import PromolecularDensity
from torch_molfield.testing import molecule
from torch_molfield.viz import ShownMolecule
from torch_molfield.viz.viewer.levels import grid_surface
from torch_molfield.viz.viewer.molecules import Drawing, show_molecule, show_trajectory
from torch_molfield.viz.viewer.surfaces import with_error


@pytest.fixture(scope="session")
def water():
    z, pos = molecule("H2O")
    return MolFieldData(z=z, pos=pos.float())


@pytest.fixture(scope="session")
def moving(water):
    """Water that is stretched in three frames, with energies."""
    frames = [
        MolFieldData(z=water.z, pos=water.pos * (1 + 0.1 * k), energy=torch.tensor([0.5 * k - 10.0])) for k in range(3)
    ]
    return show_trajectory(frames, Drawing(["vdw"], 0.4), "water", np.array([0.0, 5.0, 10.0]), "fs")


@pytest.fixture(scope="session")
def shown(water):
    """Water with two surfaces, one painted, and its density at many levels."""
    bare = show_molecule(water, Drawing(["vdw", "ses"], 0.4), "water <1>", {"note": "a & b"})
    vdw, ses = bare.surfaces
    painted = with_error(ses, [0.01 * mesh.vertices[:, 0] for mesh in ses.meshes])
    density = grid_surface("density", PromolecularDensity().bind(water.z, water.pos).to_grid(0.4))
    return ShownMolecule(bare.name, bare.z, bare.frames, bare.bonds, [vdw, painted, density], bare.facts)


@pytest.fixture(scope="session")
def formaldehyde():
    return show_molecule(from_smiles("C=O"), Drawing(["vdw"], 0.4), "formaldehyde")
