"""Electron densities and electrostatic potentials of organic molecules."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache

import torch
from torch import Tensor, nn

from torch_molfield.data.finite import check_finite
from torch_molfield.data.properties import DOMAIN_SCORE, Output
from torch_molfield.data.setting_types import Element, Positive, Size
from torch_molfield.data.validation import check_atoms, check_closed_shells, check_elements
from torch_molfield.geometry.frames import centred
from torch_molfield.models.pretrained import Pretrained
from torch_molfield.nn.gaussians import AtomCenteredDensity, DensityBasis, density_basis
from torch_molfield.nn.gaussians.harmonics import harmonic_degrees, num_harmonics
from torch_molfield.nn.heads.training_domain import TrainingDomain
from torch_molfield.nn.trunks.tensors import TensorTrunk, spread_rest

#: the largest degree of functions that are predicted; bromine and iodine have such of l = 5, whose coefficients are
#: below 0.004
HIGHEST = 4


class ElectronDensityMolField(Pretrained):
    """Electron densities and electrostatic potentials of molecules, predicted in closed form.

    ``f = model(z [N], pos [N, 3] Å, batch [N] | None, charge [B] | None)`` is an
    :class:`~torch_molfield.nn.gaussians.AtomCenteredDensity`: f(points) is the density of all electrons in e/Å³,
    f.potential(points) the potential of nuclei and electrons in V, and f.dipole, f.quadrupole and f.num_electrons are
    moments of the density.

    An equivariant network (:class:`~torch_molfield.nn.trunks.tensors.TensorTrunk`) predicts a token for every atom: the
    coefficients of its functions in def2-svp-jkfit, which are added to free atoms. They are predicted in the Coulomb
    metric of the atom's own functions. The s functions are then shifted so that ∫ρ is exactly the number of electrons,
    where moving charge costs the least Coulomb energy, with learned weights of the atoms. Any number of atoms at linear
    cost. Iodine has 25 electrons besides its effective core.

    Args:
        width, tensors, layers, cutoff, radial, sources: of the trunk.
        elements: atomic numbers that the model was trained on; others are refused. ``None`` accepts all in the basis.
        domain: whether :meth:`predict` also gives the score ``domain`` of
            :class:`~torch_molfield.nn.heads.training_domain.TrainingDomain`, once it has been measured
            (:func:`~torch_molfield.evaluation.domain.measure_domain`).

    Raises:
        ValueError: for settings out of range; when called, for malformed atoms, unknown elements, or a charge that
            leaves an odd number of electrons.
    """

    commands = ("evaluate", "predict", "surface", "density", "potential")
    takes_charge = True
    scale: Tensor
    shift: Tensor

    def __init__(
        self,
        *,
        width: Size = 128,
        tensors: Size = 64,
        layers: Size = 3,
        cutoff: Positive = 5.0,
        radial: Size = 8,
        sources: Size = 16,
        elements: Sequence[Element] | None = None,
        domain: bool = False,
    ) -> None:
        super().__init__()
        known = None if elements is None else sorted(int(e) for e in elements)
        self.config = {
            "width": width,
            "tensors": tensors,
            "layers": layers,
            "cutoff": cutoff,
            "radial": radial,
            "sources": sources,
            "elements": known,
            "domain": domain,
        }
        self.basis: DensityBasis = density_basis()
        count, shells = len(self.basis.elements), self.basis.num_shells
        self.trunk = TensorTrunk(width, tensors, layers, HIGHEST, cutoff, radial, sources)
        self.gate = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, (HIGHEST + 1) * tensors + 1))
        self.readout = nn.Parameter(torch.zeros(count, HIGHEST + 1, tensors, shells))
        #: what is known of the coefficients of each element before any learning
        self.register_buffer("scale", torch.ones(count, HIGHEST + 1, shells))
        self.register_buffer("shift", torch.zeros(count, shells))
        self.domain = TrainingDomain(width) if domain else None

    @property
    def outputs(self) -> tuple[Output, ...]:
        """The density, its moments, Hirshfeld charges and, once it has been measured, the score ``domain``."""
        return (
            Output("electron_density", "e/Å^3", "point"),
            Output("dipole", "e Å"),
            Output("quadrupole", "e Å^2"),
            Output("charges", "e", "atom"),
            *(() if self.domain is None else (DOMAIN_SCORE,)),
        )

    def function_of(self, z: Tensor, pos: Tensor) -> AtomCenteredDensity:
        """Return the density of one neutral molecule."""
        return self(z, pos)

    def check(self, z: Tensor, pos: Tensor, batch: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """Check the atoms and return ``z [N]``, ``pos [N, 3]`` and ``batch [N]``.

        Raises:
            ValueError: for malformed atoms, or elements that the model does not know.
        """
        z, pos, batch = check_atoms(z, pos, batch)
        self.basis.check(z, batch)
        check_elements(z, batch, self.config["elements"])
        return z, pos, batch

    def check_charge(self, z: Tensor, batch: Tensor, charge: Tensor | None) -> Tensor:
        """Return the charges ``[B]`` e of checked atoms.

        See :func:`~torch_molfield.data.validation.check_closed_shells`.
        """
        return check_closed_shells(z, batch, charge)

    def forward(
        self, z: Tensor, pos: Tensor, batch: Tensor | None = None, charge: Tensor | None = None
    ) -> AtomCenteredDensity:
        z, pos, batch = self.check(z, pos, batch)
        charge = self.check_charge(z, batch, charge)
        tokens = self.tokens(z, pos, batch, charge)
        if not self.training:
            check_finite({"tokens": tokens}, batch)
        return AtomCenteredDensity(z, pos, tokens.to(pos.dtype), batch)

    def predict(
        self,
        z: Tensor,
        pos: Tensor,
        batch: Tensor | None = None,
        names: Collection[str] | None = None,
        charge: Tensor | None = None,
    ) -> dict[str, Tensor]:
        """Predict values by name: dipoles, quadrupoles and, if asked for, charges of the atoms.

        ``dipole [B, 3]`` e Å and ``quadrupole [B, 3, 3]`` e Å² are about the centres of nuclear charge; ``charges [N]``
        e are Hirshfeld's (:class:`~torch_molfield.nn.gaussians.AtomCenteredDensity`).

        Args:
            z: ``[N]`` atomic numbers.
            pos: ``[N, 3]`` Å.
            batch: ``[N]`` sorted molecule of each atom; ``None`` for one molecule.
            names: of the outputs; by default all that are per molecule.
            charge: ``[B]`` e; 0 by default.

        Raises:
            ValueError: as a call.
        """
        density = self(z, pos, batch, charge)
        found = {name: getattr(density, name) for name in ("dipole", "quadrupole") if names is None or name in names}
        if names and "charges" in names:
            found["charges"] = density.charges
        if self.domain is not None and (names is None or DOMAIN_SCORE.name in names):
            z, pos, batch = self.check(z, pos, batch)
            size = int(batch[-1]) + 1
            found[DOMAIN_SCORE.name] = self.domain(self.atom_features(z, pos, batch, charge), z, batch, size)
        return found

    def atom_features(self, z: Tensor, pos: Tensor, batch: Tensor, charge: Tensor | None = None) -> Tensor:
        """Return invariant features ``[N, D]`` of checked atoms."""
        charge = self.check_charge(z, batch, charge)
        local = centred(pos, batch, len(charge))[1].to(self.readout.dtype)
        return self.trunk(z, local, batch, charge.to(local))[0]

    def tokens(self, z: Tensor, pos: Tensor, batch: Tensor, charge: Tensor) -> Tensor:
        """Return coefficients ``[N, 36, K]`` of checked atoms in the dtype of the weights.

        They are in the order of :class:`~torch_molfield.nn.gaussians.DensityBasis`.
        """
        return self.to_tokens(z, self.whitened(z, pos, batch, charge))

    def whitened(self, z: Tensor, pos: Tensor, batch: Tensor, charge: Tensor) -> Tensor:
        """Return the coefficients ``[N, H, K]`` of degrees up to 4 in the Coulomb metric of each atom.

        The squared difference between two such sets is twice the Coulomb energy of the difference of the functions on
        this atom, in e²/Å.
        """
        local = centred(pos, batch, len(charge))[1].to(self.readout.dtype)
        h, x = self.trunk(z, local, batch, charge.to(local))
        *gate, weight = self.gate(h).split([(HIGHEST + 1) * self.trunk.tensors, 1], dim=1)
        row = self.basis.rows(z)
        order, parts = [], []
        for element in torch.unique(row).tolist():
            here = (row == element).nonzero()[:, 0]
            matrix = self.readout[element] * self.scale[element][:, None]
            order.append(here)
            parts.append(self.trunk.mix(x[:, here], matrix, gate[0][here]))
        said = torch.cat(parts, dim=1)[:, torch.argsort(torch.cat(order))].transpose(0, 1)
        said = torch.cat([said[:, :1] + self.shift[row][:, None], said[:, 1:]], dim=1)
        return self._with_electrons(said, weight[:, 0], row, batch, charge)

    def _with_electrons(self, said: Tensor, weight: Tensor, row: Tensor, batch: Tensor, charge: Tensor) -> Tensor:
        """The same with −charge electrons in each molecule."""
        held = _metric().electrons.to(said)[row]
        own = (said[:, 0] * held).sum(1)
        more = spread_rest(own, nn.functional.softplus(weight), batch, -charge)
        shift = (more / held.square().sum(1))[:, None] * held
        return torch.cat([said[:, :1] + shift[:, None], said[:, 1:]], dim=1)

    def to_tokens(self, z: Tensor, whitened: Tensor) -> Tensor:
        """Convert whitened coefficients ``[N, H, K]`` to tokens ``[N, 36, K]``."""
        found = _by_element(self.basis.rows(z), whitened, _metric().inverse)
        return nn.functional.pad(found, (0, 0, 0, self.basis.shape[0] - found.shape[1]))

    def from_tokens(self, z: Tensor, tokens: Tensor) -> Tensor:
        """Convert tokens ``[N, 36, K]`` to whitened coefficients, without degrees above 4.

        Else the inverse of :meth:`to_tokens`.
        """
        return _by_element(self.basis.rows(z), tokens[:, : num_harmonics(HIGHEST)], _metric().forward)

    @torch.no_grad()
    def measure(self, z: Tensor, whitened: Tensor) -> None:
        """Set the mean of the s coefficients and the scale of all, by element, from training molecules.

        Args:
            z: ``[N]`` atomic numbers.
            whitened: ``[N, H, K]``.
        """
        row, degrees = self.basis.rows(z), harmonic_degrees(HIGHEST)
        for element in torch.unique(row).tolist():
            own = whitened[row == element].double()
            mean = own[:, 0].mean(0)
            self.shift[element] = mean
            own = torch.cat([own[:, :1] - mean, own[:, 1:]], dim=1).square().mean(0)
            for degree in range(HIGHEST + 1):
                self.scale[element, degree] = own[degrees == degree].mean(0).sqrt()


class _Metric:
    """By element: maps ``[E, L + 1, K, K]`` of rows of coefficients into the Coulomb metric of the atom and back, and
    what whitened s coefficients hold, ``[E, K]`` e."""

    def __init__(self) -> None:
        basis = density_basis()
        shape = (len(basis.elements), HIGHEST + 1, basis.num_shells, basis.num_shells)
        self.forward, self.inverse = torch.zeros(shape, dtype=torch.float64), torch.zeros(shape, dtype=torch.float64)
        self.electrons = torch.zeros(shape[0], shape[2], dtype=torch.float64)
        for element, shells in enumerate(basis.shells):
            for degree, count in enumerate(shells.shells[: HIGHEST + 1]):
                lower = torch.linalg.cholesky(shells.coulomb(degree))
                self.forward[element, degree, :count, :count] = lower
                self.inverse[element, degree, :count, :count] = torch.linalg.inv(lower)
            count = shells.shells[0]
            self.electrons[element, :count] = self.inverse[element, 0, :count, :count] @ shells.electrons()


@cache
def _metric() -> _Metric:
    return _Metric()


def _by_element(row: Tensor, rows: Tensor, matrices: Tensor) -> Tensor:
    """``rows [N, H, K]`` times the matrix ``[K, K]`` of each element and degree."""
    degrees = harmonic_degrees(HIGHEST).to(rows.device)
    found = torch.zeros_like(rows)
    for element in torch.unique(row).tolist():
        here = (row == element).nonzero()[:, 0]
        matrix = matrices[element].to(rows)[degrees]
        found = found.index_copy(0, here, torch.bmm(rows[here].transpose(0, 1), matrix).transpose(0, 1))
    return found
