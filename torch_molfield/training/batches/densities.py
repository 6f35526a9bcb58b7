"""Batches of molecules with electron densities."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.utils.data import Dataset
from torch_geometric.data import Data

from torch_molfield.data.molfield_data import MolFieldData
from torch_molfield.geometry.packed import PackedMolecules
from torch_molfield.geometry.ragged import expand_ranges
from torch_molfield.nn.gaussians import density_basis
from torch_molfield.training.batches.molecules import MoleculeBatches, OneEpoch

#: what molecules carry, see :class:`torch_molfield.data.ElectronDensities`
NAMES = ("charge", "dipole", "coefficients", "points", "field_values", "point_weights")


class DensityTable(PackedMolecules):
    """Molecules end to end with their densities.

    Attributes:
        functions: ``[M + 1]`` first coefficient of each molecule, and their number.
        coefficients: ``[functions]``.
        points: ``[M, P, 5]``: x y z (Å), density (e/Å³) and weight (Å³).

    Raises:
        ValueError: for a molecule that lacks something, has elements without functions, or another number of
            coefficients or points; it is named.
    """

    def __init__(self, molecules: Sequence[Data]) -> None:
        kept = [molecules[k] for k in range(len(molecules))]
        _check(kept)
        super().__init__(kept, ("charge", "dipole"))
        counts = torch.tensor([len(molecule.coefficients) for molecule in kept])
        self.functions = torch.cat([counts.new_zeros(1), counts.cumsum(0)])
        self.coefficients = torch.cat([molecule.coefficients for molecule in kept])
        parts = [torch.cat([m.points, m.field_values, m.point_weights], dim=1) for m in kept]
        self.points = torch.stack(parts)


class DensityBatches(MoleculeBatches):
    """Molecules with some of their points, see :class:`~torch_molfield.training.batches.steps.StepBatches`.

    Args:
        molecules: to draw from.
        num_points: drawn for each molecule.
        batch_size, seed, first: as of :class:`MoleculeBatches`.
    """

    molecules: DensityTable

    def __init__(self, molecules: DensityTable, num_points: int, batch_size: int, seed: int, first: int = 0) -> None:
        super().__init__(molecules, batch_size, seed, first)
        self.num_points = min(num_points, molecules.points.shape[1])

    def at(self, number: int, generator: torch.Generator) -> MolFieldData:
        place = number * self.batch_size + torch.arange(self.batch_size)
        chosen = torch.stack([self._at(int(p)) for p in place])
        drawn = torch.rand(len(chosen), self.molecules.points.shape[1], generator=generator).argsort(1)
        return density_batch(self.molecules, chosen, drawn[:, : self.num_points])

    def epoch(self) -> Dataset:
        """Every molecule once with all of its points, in order."""
        return OneEpoch(self.molecules, self.batch_size, density_batch)


def density_batch(table: DensityTable, chosen: Tensor, drawn: Tensor | None = None) -> MolFieldData:
    """The molecules ``chosen [B]`` as PyG's loader batches them with ``follow_batch=["points"]``, with their points
    ``drawn [B, K]`` or all; weights are those of the points that there are."""
    batch, atom = table.atoms(chosen)
    _, function = expand_ranges(table.functions[chosen], table.functions[chosen + 1])
    points = table.points[chosen]
    if drawn is not None:
        share = points.shape[1] / drawn.shape[1]
        points = points.gather(1, drawn[..., None].expand(-1, -1, 5))
        points = points * points.new_tensor([1.0, 1.0, 1.0, 1.0, share])
    owner = torch.arange(len(chosen)).repeat_interleave(points.shape[1])
    pos, density, weight = points.flatten(0, 1).split([3, 1, 1], dim=1)
    rows = {name: column[chosen] for name, column in table.rows.items()}
    return MolFieldData(
        z=table.z[atom],
        pos=table.pos[atom],
        batch=batch,
        coefficients=table.coefficients[function],
        points=pos,
        points_batch=owner,
        field_values=density,
        point_weights=weight,
        **rows,
    )


def _check(molecules: Sequence[Data]) -> None:
    """``ValueError`` for the first molecule that is no density."""
    basis = density_basis()
    for number, molecule in enumerate(molecules):
        missing = [name for name in NAMES if name not in molecule]
        if missing:
            raise ValueError(
                f"molecule {number} has no {missing[0]!r}; electron densities are learned of ElectronDensities "
                "(electron-densities with --root), see benchmarks/make_electron_densities.py."
            )
        basis.check(molecule.z, torch.zeros_like(molecule.z))
        expected = int(basis.sizes(molecule.z).sum())
        if molecule.coefficients.shape != (expected,):
            raise ValueError(
                f"molecule {number} has coefficients of shape {list(molecule.coefficients.shape)}, but its atoms have "
                f"{expected} functions in def2-svp-jkfit; mend it, or leave it out."
            )
        if len(molecule.points) != len(molecules[0].points):
            raise ValueError(
                f"molecule {number} has {len(molecule.points)} points, others {len(molecules[0].points)}; give all the "
                "same number."
            )
