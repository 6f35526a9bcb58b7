"""The first page of ``molfield demo``: what the shipped models do, without any training."""

from __future__ import annotations

from pathlib import Path

#: name -> SMILES of the molecules with a density and its potential
MOLECULES = {"caffeine": "Cn1cnc2c1c(=O)n(C)c(=O)n2C", "glycine, zwitterion": "[NH3+]CC(=O)[O-]"}
GENERATED = 6
#: Å, of the surfaces
SPACING = 0.25


def write_first_page(path: Path, seed: int) -> Path:
    """Electron densities with their electrostatic potential, exact surfaces, and new molecules of the generator."""
    from torch_molfield.data import from_smiles
    from torch_molfield.models import ElectronDensityMolField, MoleculeGenerator
    from torch_molfield.nn.generative.sampler import Schedule
    from torch_molfield.viz.viewer import View
    from torch_molfield.viz.viewer.molecules import Drawing, show_molecule

    density = ElectronDensityMolField.from_pretrained("organic-density")
    painted = Drawing(("isodensity", "ses"), SPACING, density, slider=True)
    shown = [show_molecule(from_smiles(smiles), painted, name) for name, smiles in MOLECULES.items()]
    generator = MoleculeGenerator.from_pretrained("qm9-generator")
    made = generator.sample(GENERATED, seed, schedule=Schedule(num_steps=50, max_repairs=3))
    plain = Drawing(("vdw",), SPACING)
    shown += [show_molecule(data, plain, f"generated {k + 1}") for k, data in enumerate(made)]
    page = View(
        "What torch_molfield does without training",
        shown,
        summary="Electron density and electrostatic potential (organic-density), exact surfaces, and new molecules "
        "(qm9-generator). Choose a molecule and a surface above the picture.",
        footer="molfield demo",
    )
    return page.save(path)
