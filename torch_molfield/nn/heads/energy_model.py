"""Networks of potential energies, and forces as their exact negative gradient."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection
from typing import NamedTuple

import torch
from torch import Tensor

from torch_molfield.data.finite import check_finite
from torch_molfield.data.properties import Output, Target
from torch_molfield.geometry.smooth import segment_sizes
from torch_molfield.nn.common.padding import Padding, make_padding
from torch_molfield.nn.heads.references import PropertyModel, References

ENERGY = Target("energy", extensive=True, unit="eV")


class Molecules(NamedTuple):
    """A batch without its positions: what stays the same along a trajectory.

    Attributes:
        z: ``[N]`` atomic numbers.
        batch: ``[N]`` sorted molecule of each atom.
        padding: of the atoms into molecules.
    """

    z: Tensor
    batch: Tensor
    padding: Padding

    @property
    def num_molecules(self) -> int:
        """B."""
        return self.padding.shape[0]


def arrange(z: Tensor, batch: Tensor) -> Molecules:
    """``z [N]`` and ``batch [N]``, checked, with what is derived from them."""
    return Molecules(z, batch, make_padding(batch, int(batch[-1]) + 1))


def with_forces(
    energies: Callable[[Tensor], dict[str, Tensor]], pos: Tensor, create_graph: bool = False
) -> dict[str, Tensor]:
    """What ``energies(pos)`` gives, detached unless ``create_graph``, and ``"forces" [N, 3]``, the negative gradient of
    ``"energy"``."""
    with torch.enable_grad():
        pos = pos.detach().requires_grad_()
        found = energies(pos)
        (slope,) = torch.autograd.grad(found["energy"].sum(), pos, create_graph=create_graph)
    found["forces"] = -slope
    return found if create_graph else {name: rows.detach() for name, rows in found.items()}


class EnergyModel(PropertyModel):
    """Base of models of potential energies, with forces as exact negative gradients.

    ``model(z [N], pos [N, 3] Å, batch [N] | None, charge [B] | None) -> {"energy": [B] eV, ...}``. E = Σ_i e(Z_i) + s
    Σ_i ε_i; a subclass passes the sums Σ ε_i to :meth:`from_sums`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.references = References([ENERGY])

    @property
    def outputs(self) -> tuple[Output, ...]:
        """Energy and forces."""
        return (Output("energy", "eV"), Output("forces", "eV/Å", "atom", (3,)))

    @abstractmethod
    def forward(
        self, z: Tensor, pos: Tensor, batch: Tensor | None = None, charge: Tensor | None = None
    ) -> dict[str, Tensor]:
        """Return what is predicted of each molecule, by name."""

    def from_sums(self, sums: Tensor, z: Tensor, batch: Tensor) -> dict[str, Tensor]:
        """Return ``"energy" [B]`` eV, float64, from sums over atoms ``[B]``."""
        return self.references({"energy": sums.double() / segment_sizes(batch, len(sums))}, z, batch)

    def predict(
        self,
        z: Tensor,
        pos: Tensor,
        batch: Tensor | None = None,
        names: Collection[str] | None = None,
        charge: Tensor | None = None,
    ) -> dict[str, Tensor]:
        """Predict the outputs ``names``, by default all per molecule; forces are computed only if they are asked for.

        Args:
            z: ``[N]`` atomic numbers.
            pos: ``[N, 3]`` Å.
            batch: ``[N]`` sorted molecule of each atom; ``None`` for one molecule.
            names: of the outputs.
            charge: ``[B]`` e; neutral by default.
        """
        wanted = {output.name for output in self.outputs if output.per == "molecule"} if names is None else set(names)
        call = self.forces if "forces" in wanted else self
        found = call(z, pos, batch, charge)
        return {name: values for name, values in found.items() if name in wanted}

    def forces(
        self,
        z: Tensor,
        pos: Tensor,
        batch: Tensor | None = None,
        charge: Tensor | None = None,
        create_graph: bool = False,
    ) -> dict[str, Tensor]:
        """Return what a call returns, and ``"forces" [N, 3]`` in eV/Å, the exact negative gradient of the energy.

        Args:
            z, pos, batch, charge: as in :meth:`predict`.
            create_graph: whether the result can be differentiated, as a loss of forces needs.
        """
        found = with_forces(lambda x: self(z, x, batch, charge), pos, create_graph)
        if not create_graph:
            check_finite({"forces": found["forces"]}, torch.zeros_like(z) if batch is None else batch)
        return found

    @torch.no_grad()
    def measure(self, z: Tensor, batch: Tensor, energy: Tensor, forces: Tensor, charge: Tensor | None = None) -> None:
        """Set the constants of the model from training molecules, before any training.

        These are the reference energies of the elements and the scale s: the energy of the root mean square force along
        1 Å.

        Args:
            z, batch: ``[N]`` atoms of all molecules.
            energy: ``[B]`` eV.
            forces: ``[N, 3]`` eV/Å.
            charge: ``[B]`` e, for models whose energy depends on it.
        """
        self.references.measure(z, batch, {"energy": energy})
        # The references multiply what is told of an atom on average by scale · N / size.
        scale = forces.double().square().mean().sqrt().to(self.references.scale.device)
        self.references.scale.copy_((scale * self.references.size).expand(1))

    @property
    def scale(self) -> Tensor:
        """The scale s, eV."""
        return self.references.scale[0] / self.references.size
