"""What ``molfield density`` and ``molfield potential`` share: the molecule with its charge, and the learned density."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from torch_molfield.cli.total_charge import charge_of

if TYPE_CHECKING:
    from ase import Atoms

    from torch_molfield.data import MolFieldData
    from torch_molfield.nn.gaussians import AtomCenteredDensity
    from torch_molfield.surface.mesh import Floats

#: the shipped model
SHIPPED = "organic-density"
Model = Annotated[
    str, typer.Option(help="Model of electron densities: a folder that training wrote, or a shipped name.")
]
Charge = Annotated[
    int | None,
    typer.Option(
        help="Charge of the molecule, e; by default that of the SMILES or of the file, else 0.", show_default=False
    ),
]


def learned_density(
    data: MolFieldData, model: str, charge: int | None, command: str
) -> tuple[AtomCenteredDensity, list[str]]:
    """The density of one molecule, and lines that tell its charge, electrons and dipole.

    Raises:
        ValueError: for a model of something else, an element that it does not know, or an odd number of electrons.
    """
    import torch

    from torch_molfield.data.units import DEBYE
    from torch_molfield.models import load_model

    network: Any = load_model(model, command).to(data.pos.device)
    total, source = charge_of(data, charge)
    with torch.no_grad():
        density = network(data.z, data.pos, charge=torch.tensor([total], device=data.pos.device))
        dipole = float(density.dipole.norm()) / DEBYE
        electrons = float(density.num_electrons)
    lines = [f"charge      {f'{total:+g}' if total else 0} e ({source})", f"electrons   {electrons:.3f}"]
    about = " about the centre of the nuclear charges" if total else ""
    return density, [*lines, f"dipole      {dipole:.3f} D{about}"]


def density_in_motion(atoms: Atoms, model: str) -> Callable[[Floats], AtomCenteredDensity]:
    """The density of these atoms, whose charge is ``atoms.info["charge"]``, at any positions ``[N, 3]`` Å.

    Raises:
        ValueError: for a model of something else, an element that it does not know, or an odd number of electrons.
    """
    import torch

    from torch_molfield.calculators.atoms import charge_of as charge_of_atoms
    from torch_molfield.models import load_model

    network: Any = load_model(model, "potential")
    z, charge = torch.from_numpy(atoms.numbers).long(), torch.tensor([charge_of_atoms(atoms)])

    def density(positions: Floats) -> AtomCenteredDensity:
        with torch.no_grad():
            found: AtomCenteredDensity = network(z, torch.tensor(positions, dtype=torch.float32), charge=charge)
        return found

    density(atoms.positions)  # complains of the molecule before the run
    return density
