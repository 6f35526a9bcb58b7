"""What ``molfield md`` begins with: atoms, their charge and spin, and how they move."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch_molfield.cli.surface import chosen_frame

if TYPE_CHECKING:
    from ase import Atoms


def starting_atoms(molecule: str, frame: int, keep_water: bool = False) -> Atoms:
    """Of a file or SMILES; ``info`` has charge (e) and spin (2S + 1) where these tell them, and momenta and masses are
    those of the file, if it has any.

    Raises:
        ValueError: for what :func:`~torch_molfield.cli.surface.chosen_frame` refuses.
    """
    from ase import Atoms

    from torch_molfield.data.electrons import electrons_of
    from torch_molfield.data.io import has_ase_frames, read_frame

    data = chosen_frame(molecule, frame, keep_water)
    if has_ase_frames(molecule):
        return _bare(read_frame(molecule, frame))
    info = electrons_of(data.smiles) if "smiles" in data else {}
    return Atoms(data.z.numpy(), data.pos.double().numpy(), info=info)


def begin(atoms: Atoms, temperature: float | None, seed: int) -> bool:
    """Draw momenta of a temperature (K). Without one, keep those of the atoms, or draw at 300 K where they have none or
    all are zero; whether momenta were kept.

    Raises:
        ValueError: for momenta to be kept that are not finite.
    """
    import numpy as np

    from torch_molfield.calculators.dynamics import start_velocities

    momenta = atoms.get_momenta()
    if temperature is None and momenta.any():
        if not np.isfinite(momenta).all():
            raise ValueError(
                "the momenta of the molecule are not finite; repair them, or draw others by --temperature."
            )
        return True
    start_velocities(atoms, 300.0 if temperature is None else temperature, seed)
    return False


def _bare(atoms: Atoms) -> Atoms:
    """Without what else a file may have, such as constraints, a cell and results."""
    from ase import Atoms

    info = {name: atoms.info[name] for name in ("charge", "spin") if name in atoms.info}
    masses = atoms.get_masses() if atoms.has("masses") else None
    momenta = atoms.get_momenta() if atoms.has("momenta") else None
    return Atoms(atoms.numbers, atoms.positions, masses=masses, momenta=momenta, info=info)
