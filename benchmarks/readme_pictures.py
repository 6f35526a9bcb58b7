"""The four pictures of README.md, from shipped models on one core.

python benchmarks/readme_pictures.py [--out docs/images]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from matplotlib import colormaps
from PIL import Image
from torch_geometric.data import Data

from torch_molfield.data import BundledTrajectories, from_smiles
from torch_molfield.data.units import BOHR, KCAL_PER_MOL
from torch_molfield.fields import SignedDistanceField
from torch_molfield.models import ElectronDensityMolField, MoleculeGenerator, MolField
from torch_molfield.nn.generative.sampler import Schedule
from torch_molfield.viz import Camera, Layer, SurfaceFrame, ball_and_stick, render
from torch_molfield.viz.figures import LEARNED_COLOR, TRUE_COLOR, error_colors

CAFFEINE = "Cn1c(=O)c2c(ncn2C)n(C)c1=O"
#: kcal/mol/e at the ends of the colours
POTENTIAL_LIMIT = 40.0
#: Å at the ends of the colours
ERROR_LIMIT = 0.05


def balls(data: Data) -> Layer:
    return ball_and_stick(data.z.numpy(), data.pos.double().numpy())


def potential() -> np.ndarray:
    """Caffeine where its density is 0.001 e/bohr³."""
    molecule = from_smiles(CAFFEINE, seed=0)
    density = ElectronDensityMolField.from_pretrained("organic-density")(molecule.z, molecule.pos)
    mesh = density.to_mesh(0.001 / BOHR**3, spacing=0.25, ascent=True)
    values = density.potential(torch.as_tensor(mesh.vertices, dtype=torch.float32))[:, 0].numpy() / KCAL_PER_MOL
    colors = colormaps["RdBu"](np.clip(values / (2 * POTENTIAL_LIMIT), -0.5, 0.5) + 0.5)[:, :3]
    return render([balls(molecule), Layer(mesh, colors, 0.85)], Camera.facing(mesh.vertices, 560, 400))


def generated() -> np.ndarray:
    """The first six samples of seed 0 with nine heavy atoms."""
    generator = MoleculeGenerator.from_pretrained("qm9-generator")
    pictures = []
    for molecule in generator.sample(6, seed=0, schedule=Schedule(max_repairs=3), num_heavy=9):
        camera = Camera.facing(molecule.pos.double().numpy(), 187, 200, margin=0.7)
        pictures.append(render([balls(molecule)], camera))
    return np.concatenate([np.concatenate(pictures[:3], axis=1), np.concatenate(pictures[3:], axis=1)])


def motion() -> np.ndarray:
    """Four frames of malonaldehyde, 50 fs apart, with the predicted surface."""
    model = MolField.from_pretrained("md-surfaces")
    frames = BundledTrajectories("malonaldehyde").split("conformers")[:100:25]
    meshes = [model(frame.z, frame.pos).to_mesh(spacing=0.25) for frame in frames]
    camera = Camera.facing(np.concatenate([mesh.vertices for mesh in meshes]), 280, 200)
    pictures = [
        render([balls(frame), Layer(mesh, LEARNED_COLOR, 0.5)], camera)
        for frame, mesh in zip(frames, meshes, strict=True)
    ]
    return np.concatenate([np.concatenate(pictures[:2], axis=1), np.concatenate(pictures[2:], axis=1)])


def learned() -> np.ndarray:
    """A held-out conformer of aspirin: the exact surface, and the predicted one coloured by its error."""
    data = BundledTrajectories("aspirin").split("conformers")[100]
    exact = SignedDistanceField("ses").bind(data.z, data.pos)
    mesh = MolField.from_pretrained("md-surfaces")(data.z, data.pos).to_mesh(spacing=0.2)
    frame = SurfaceFrame.measured(data.pos, exact.to_mesh(spacing=0.2), mesh, exact)
    camera = Camera.facing(frame.true.vertices, 280, 400)
    layers = (
        [balls(data), Layer(frame.true, TRUE_COLOR, 0.5)],
        [balls(data), Layer(frame.learned, error_colors(frame.error, ERROR_LIMIT), 0.8)],
    )
    return np.concatenate([render(each, camera) for each in layers], axis=1)


PICTURES: dict[str, Callable[[], np.ndarray]] = {
    "esp": potential,
    "generated": generated,
    "motion": motion,
    "learned": learned,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs/images"))
    out = parser.parse_args().out
    for name, draw in PICTURES.items():
        with torch.no_grad():
            picture = Image.fromarray(draw())
        picture.save(out / f"{name}.png", optimize=True)
        print(out / f"{name}.png")


if __name__ == "__main__":
    main()
