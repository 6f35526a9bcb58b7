"""Molecules of the G2 set, as ASE has them."""

import ase.build
import torch


def molecule(name):
    """``(z [N], pos [N, 3] Å)`` in float64."""
    atoms = ase.build.molecule(name)
    return torch.from_numpy(atoms.numbers).long(), torch.from_numpy(atoms.positions)
