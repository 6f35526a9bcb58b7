"""QDF: energies and densities of molecules from learned molecular functions."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from torch_molfield.data.finite import check_finite
from torch_molfield.data.properties import Output, Target
from torch_molfield.data.setting_types import Element, Size, SizeOrNone
from torch_molfield.data.validation import check_atoms
from torch_molfield.functions.base import FieldFunction
from torch_molfield.geometry.atom_grids import AtomGrid, ball_grid, shell_grid
from torch_molfield.geometry.neighbors import neighbor_pairs
from torch_molfield.geometry.smooth import segment_sum
from torch_molfield.models.pretrained import Pretrained, check_keys
from torch_molfield.nn.heads.references import References
from torch_molfield.nn.qdf.directed_basis import DirectedBasis
from torch_molfield.nn.qdf.functionals import HohenbergKohnMap, PropertyFunctional, external_potential
from torch_molfield.nn.qdf.lcao import LCAO, MolecularFunctions
from torch_molfield.nn.qdf.molecule_block import MoleculeBlock, make_blocks
from torch_molfield.nn.qdf.orbital_basis import OrbitalBasis

Mode = Literal["faithful", "quadrature"]
#: Å; atoms that are closer are a mistake
CLOSEST = 0.1
ATOMIZATION = Target("atomization", extensive=True, unit="eV")


class QuantumDeepField(Pretrained):
    """Quantum deep field (Tsubaki and Mizoguchi, NeurIPS 2020; Phys. Rev. Lett. 125, 206401).

    ``model(z [N], pos [N, 3] Å, batch [N] | None, charge [B] | None) -> [B]``, float64, in the unit of the target (the
    atomization energy in eV); ``[B, K]`` for K targets. Molecules are processed a few at a time, so that memory limits
    neither their number nor their size; only the sums are kept.

    ``"faithful"`` is the published model: plain sums over the nodes of a small lattice about each atom. It depends on
    the lattice and on the orientation of the molecule. ``"quadrature"`` has integrals in place of sums: smooth
    functions, norms and the number of electrons in closed form, and the property as an integral over Lebedev × radial
    points, ∫ ρ F(ψ), plus references of the elements. Its values do not depend on the points, within the error of the
    quadrature.

    Args:
        mode: ``"faithful"`` or ``"quadrature"``.
        elements: atomic numbers, up to Kr.
        targets: :class:`~torch_molfield.data.properties.Target` or its settings, for each property; scalars only.
            Extensive ones are sums over points, others means.
        width: D, number of molecular functions.
        layers: of the functional and of the Hohenberg–Kohn map.
        angular: whether p functions have real angular parts, see
            :class:`~torch_molfield.nn.qdf.directed_basis.DirectedBasis`; for ``"quadrature"`` only.
        grid: arguments of :func:`~torch_molfield.geometry.atom_grids.ball_grid` (faithful) or
            :func:`~torch_molfield.geometry.atom_grids.shell_grid` (quadrature).

    Raises:
        ValueError: for unknown settings; when called, for malformed atoms, atoms closer than 0.1 Å, elements without
            functions, or a charge that leaves no electron.
    """

    commands = ("evaluate", "predict", "encode", "surface")

    def __init__(
        self,
        mode: Mode = "quadrature",
        elements: Sequence[Element] = (1, 6, 7, 8, 9),
        targets: Sequence[Target | dict[str, Any]] = (ATOMIZATION,),
        width: Size = 64,
        layers: SizeOrNone = 3,
        angular: bool = False,
        grid: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()
        if mode not in ("faithful", "quadrature"):
            raise ValueError(f"mode {mode!r} is unknown; choose 'faithful' or 'quadrature'.")
        self.targets = tuple(t if isinstance(t, Target) else Target(**t) for t in targets)
        self.config = {
            "mode": mode,
            "elements": sorted(int(z) for z in elements),
            "targets": [asdict(target) for target in self.targets],
            "width": width,
            "layers": layers,
            "angular": angular,
            "grid": grid or {},
        }
        _require_scalars(self.targets)
        if angular and mode == "faithful":
            raise ValueError(
                "the published functions have no angular parts; choose mode 'quadrature' for angular=True."
            )
        self.smooth = mode == "quadrature"
        make_grid = shell_grid if self.smooth else ball_grid
        check_keys(make_grid, grid or {}, "grid")
        self.grid: AtomGrid = make_grid(**(grid or {}))
        known = self.config["elements"]
        self.lcao = LCAO(DirectedBasis(known) if angular else OrbitalBasis(known, self.smooth), width)
        self.functional = PropertyFunctional(width, layers, len(self.targets), self.smooth)
        self.potential = HohenbergKohnMap(width, layers, self.smooth)
        self.references = References(self.targets) if self.smooth else None

    @property
    def outputs(self) -> tuple[Output, ...]:
        """The targets, and the electron density that they are computed from."""
        targets = (Output(target.name, target.unit) for target in self.targets)
        return (*targets, Output("electron_density", "e/Å^3", "point"))

    @property
    def basis(self) -> OrbitalBasis:
        """The atomic functions."""
        return self.lcao.basis

    @classmethod
    def from_reference(cls, path: str | Path) -> QuantumDeepField:
        """Load the published weights from an npz archive of their arrays, in eval mode.

        See :func:`~torch_molfield.models.qdf_reference.read_reference`.

        Raises:
            FileNotFoundError: if there is no such file.
            ValueError: for weights of another basis, or arrays that are missing or of other shapes.
        """
        from torch_molfield.models.qdf_reference import read_reference

        return read_reference(path)

    def forward(
        self,
        z: Tensor,
        pos: Tensor,
        batch: Tensor | None = None,
        charge: Tensor | None = None,
        grid: AtomGrid | None = None,
        turns: Tensor | None = None,
    ) -> Tensor:
        """Return the values of all molecules.

        Args:
            z: ``[N]`` atomic numbers.
            pos: ``[N, 3]`` Å.
            batch: ``[N]`` sorted molecule of each atom; ``None`` for one molecule.
            charge: ``[B]`` Q of each molecule, e; 0 by default.
            grid: integration points in place of the model's own.
            turns: ``[N, 3, 3]`` rotations of the points about each atom.
        """
        found = [(block.number, self._values(block, grid)) for block in self.blocks(z, pos, batch, charge, grid, turns)]
        number, values = (torch.cat(column) for column in zip(*found, strict=True))
        values = values[torch.argsort(number)]
        if not self.training:
            check_finite({target.name: column for target, column in zip(self.targets, values.T, strict=True)}, batch)
        return values[:, 0] if len(self.targets) == 1 else values

    def predict(
        self, z: Tensor, pos: Tensor, batch: Tensor | None = None, names: Collection[str] | None = None
    ) -> dict[str, Tensor]:
        """Predict the outputs ``names`` of neutral molecules, by default all, ``[B]`` each.

        See :class:`~torch_molfield.models.predictor.Predictor`.
        """
        values = self(z, pos, batch)
        columns = values.reshape(len(values), -1).unbind(1)
        found = {target.name: column for target, column in zip(self.targets, columns, strict=True)}
        return {name: column for name, column in found.items() if names is None or name in names}

    def features(self, z: Tensor, pos: Tensor, batch: Tensor | None = None) -> Tensor:
        """Return ``[B, D]`` for neutral molecules, sums over all points.

        An extensive target, without the references of the elements, is a linear function of them.
        """
        found = [
            (block.number, self.functional.features(*self._sums(block, None))) for block in self.blocks(z, pos, batch)
        ]
        number, rows = (torch.cat(column) for column in zip(*found, strict=True))
        return rows[torch.argsort(number)]

    def function_of(self, z: Tensor, pos: Tensor) -> FieldFunction:
        """Return the electron density of one neutral molecule, e/Å³."""
        from torch_molfield.models.qdf_density import QDFDensity

        return QDFDensity(self).bind(z, pos)

    def blocks(
        self,
        z: Tensor,
        pos: Tensor,
        batch: Tensor | None = None,
        charge: Tensor | None = None,
        grid: AtomGrid | None = None,
        turns: Tensor | None = None,
    ) -> Iterator[MoleculeBlock]:
        """Check the molecules and return them a few at a time; arguments as in a call."""
        z, pos, batch = self.check(z, pos, batch)
        electrons = _electrons(z, batch, charge)
        return make_blocks(z, pos, batch, electrons, self.basis.zeta.dtype, grid or self.grid, turns)

    def check(self, z: Tensor, pos: Tensor, batch: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """Check the atoms and return ``z [N]``, ``pos [N, 3]`` and ``batch [N]``.

        Raises:
            ValueError: for malformed atoms, atoms closer than 0.1 Å, or elements without atomic functions.
        """
        z, pos, batch = check_atoms(z, pos, batch)
        self.basis.require(z, batch)
        _check_distances(pos, batch)
        return z, pos, batch

    def functions(self, block: MoleculeBlock, grid: AtomGrid | None = None) -> MolecularFunctions:
        """Return the molecular functions ψ of a block of molecules."""
        return self.lcao(block, grid or self.grid)

    def potential_error(self, block: MoleculeBlock, grid: AtomGrid | None = None) -> tuple[Tensor, Tensor]:
        """Return Σ_p w_p (V̂(ρ_p) − V_p)² and Σ_p w_p over the points of a block, both ``[B]``.

        V̂ is the Hohenberg–Kohn map, V_p = −Σ_A Z_A exp(−d²). In ``"quadrature"`` w_p ρ_p takes the place of w_p.
        """
        errors, measures = [], []
        for part, psi in self.functions(block, grid).points:
            density = psi.square().sum(-1)
            weight = part.weight * density if self.smooth else part.weight
            error = self.potential(density) - external_potential(part.squared, block.z)
            errors.append((weight * error.square()).sum(1))
            measures.append(weight.sum(1))
        return torch.stack(errors).sum(0), torch.stack(measures).sum(0)

    def _values(self, block: MoleculeBlock, grid: AtomGrid | None) -> Tensor:
        """``[B, K]``, float64."""
        sums, measure = self._sums(block, grid)
        extensive = torch.tensor([target.extensive for target in self.targets], device=sums.device)
        values = self.functional.read(sums, measure, extensive)
        return values if self.references is None else self._referenced(self.references, values, extensive, block)

    def _sums(self, block: MoleculeBlock, grid: AtomGrid | None) -> tuple[Tensor, Tensor]:
        found = [self.functional(psi, part.weight) for part, psi in self.functions(block, grid).points]
        sums, measure = (torch.stack(column).sum(0) for column in zip(*found, strict=True))
        return sums, measure

    def _referenced(self, references: References, values: Tensor, extensive: Tensor, block: MoleculeBlock) -> Tensor:
        # References multiply by N / mean N where a target is extensive.
        said = torch.where(extensive, values / block.present.sum(1)[:, None], values)
        names = [target.name for target in self.targets]
        owner = block.present.nonzero()[:, 0]
        found = references(dict(zip(names, said.T, strict=True)), block.z[block.present], owner)
        return torch.stack([found[name] for name in names], dim=1)


def _require_scalars(targets: Sequence[Target]) -> None:
    for target in targets:
        if target.kind != "scalar":
            raise ValueError(f"target {target.name!r} is a {target.kind}; QuantumDeepField predicts scalars.")


def _check_distances(pos: Tensor, batch: Tensor) -> None:
    first, second = neighbor_pairs(pos, pos, CLOSEST, batch, batch)
    close = (first < second).nonzero()[:, 0]
    if close.numel():
        one, two = int(first[close[0]]), int(second[close[0]])
        raise ValueError(
            f"pos: atoms {one} and {two} (molecule {int(batch[one])} of the batch) are closer than {CLOSEST} Å; "
            "repair the geometry."
        )


def _electrons(z: Tensor, batch: Tensor, charge: Tensor | None) -> Tensor:
    """N_e = ΣZ − Q, ``[B]``."""
    electrons = segment_sum(z.double(), batch, int(batch[-1]) + 1)
    if charge is None:
        return electrons
    charge = torch.as_tensor(charge, dtype=torch.float64, device=z.device).reshape(-1)
    if charge.shape != electrons.shape:
        raise ValueError(f"charge has {charge.numel()} values for {electrons.numel()} molecules; give one each, in e.")
    left = electrons - charge
    if not bool((left > 0).all()):
        bad = int((~(left > 0)).nonzero()[0])
        raise ValueError(
            f"charge: molecule {bad} of the batch keeps {float(left[bad]):g} electrons; give its charge in e."
        )
    return left
