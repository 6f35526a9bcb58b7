"""An equivariant network whose atoms carry tensors of every degree up to L."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn

from torch_molfield.data.validation import MAX_ATOMIC_NUMBER
from torch_molfield.geometry.neighbors import neighbor_pairs
from torch_molfield.geometry.quadrature import lebedev_sphere
from torch_molfield.geometry.ragged import pad_rows
from torch_molfield.geometry.smooth import segment_sum
from torch_molfield.nn.gaussians.harmonics import num_harmonics, solid_harmonics
from torch_molfield.nn.trunks.neighborhoods import Neighborhoods, find_neighborhoods
from torch_molfield.nn.trunks.radial_basis import SmoothBessel

#: numbers that charges are told as
_TOLD = 2
#: atoms whose neighbours' tensors are gathered at once; bounds memory
_ATOMS = 1024
#: atoms up to which the functions of all pairs are kept from layer to layer
_KEPT = 4096


class Neighbors(NamedTuple):
    """The neighbours of atoms.

    Attributes:
        table: ``[N, J]`` neighbour j of atom i; 0 for none, where the radial functions are zero.
        radial: ``[N, R, J]`` radial functions.
        basis: ``[N, H·R, J]`` the same times harmonics.
    """

    table: Tensor
    radial: Tensor
    basis: Tensor


class TensorTrunk(nn.Module):
    """Message passing with scalars ``[N, D]`` and tensors ``[H, N, C]``, H = (L + 1)² functions of degrees 0 … L.

    Every layer sums what the neighbours send, scalars times functions of distance and direction, and tensors times
    functions of distance; multiplies the sums with themselves as functions on the sphere, exactly (the product of two
    expansions is summed over a Lebedev rule of sufficient degree, which is what Gaunt coefficients do); and updates the
    atom with these, gated by invariants. Equivariant to rotation and reflection. Cost and memory are linear in the
    atoms, of many of which a part is worked on at a time; smooth at the cutoff, with two continuous derivatives.

    The charge Q of a molecule comes in as what the atoms do not say themselves: after each layer but the last they tell
    charges q, the rest Q − Σ q is spread over them by weights of their own, and both are told to the next layer. So a
    charge is where the structure puts it, in molecules of any size.

    Args:
        width: D, scalars of an atom.
        tensors: C, channels of tensors.
        layers: rounds of messages.
        degree: L.
        cutoff: Å.
        radial: radial functions R.
        sources: channels that an atom sends.
    """

    def __init__(
        self,
        width: int = 128,
        tensors: int = 64,
        layers: int = 3,
        degree: int = 4,
        cutoff: float = 5.0,
        radial: int = 8,
        sources: int = 16,
    ) -> None:
        super().__init__()
        self.width, self.tensors, self.degree, self.cutoff = width, tensors, degree, float(cutoff)
        #: functions of each degree
        self.orders = [2 * l + 1 for l in range(degree + 1)]  # noqa: E741
        self.embedding = nn.Embedding(MAX_ATOMIC_NUMBER + 1, width)
        self.distance_expansion = SmoothBessel(radial, cutoff)
        self.layers = nn.ModuleList(TensorLayer(width, tensors, degree, radial, sources, k > 0) for k in range(layers))
        functions = num_harmonics(degree)
        #: radial functions times harmonics, harmonics, and the tensors of a neighbour
        self.numbers_per_pair = functions * (radial + 2 + sources)
        self.told = nn.ModuleList(ChargeSpread(width) for _ in range(layers - 1))

    def forward(self, z: Tensor, pos: Tensor, batch: Tensor, charge: Tensor) -> tuple[Tensor, Tensor]:
        """Scalars ``[N, D]`` and tensors ``[H, N, C]``.

        Args:
            z: ``[N]``. pos: ``[N, 3]`` Å. batch: ``[N]``. charge: ``[B]`` e.
        """
        if len(pos) > _KEPT:
            return self._in_parts(z, pos, batch, charge)
        neighbors = self.neighbors(pos, batch)
        first, *rest = self.layers
        h, x = first(self.embedding(z), None, neighbors, self)
        for told, layer in zip(self.told, rest, strict=True):
            h, x = layer(told(h, batch, charge), x, neighbors, self)
        return h, x

    def _in_parts(self, z: Tensor, pos: Tensor, batch: Tensor, charge: Tensor) -> tuple[Tensor, Tensor]:
        near = find_neighborhoods(pos, batch, self.cutoff, self.numbers_per_pair)
        z, pos, batch = z[near.order], pos[near.order], batch[near.order]
        first, *rest = cast(Iterable[TensorLayer], self.layers)
        h, x = first.among(self.embedding(z), None, pos, near, self)
        for told, layer in zip(self.told, rest, strict=True):
            h, x = layer.among(told(h, batch, charge), x, pos, near, self)
        return h[near.place], x[near.place].transpose(0, 1)

    def neighbors(self, pos: Tensor, batch: Tensor) -> Neighbors:
        """Of atoms within the cutoff."""
        atom, other = neighbor_pairs(pos, pos, self.cutoff, batch, batch)
        apart = atom != other
        table = pad_rows(atom[apart], other[apart], len(pos))
        return Neighbors(table.clamp(min=0), *self.functions(pos[table.clamp(min=0)] - pos[:, None], table >= 0))

    def functions(self, away: Tensor, there: Tensor) -> tuple[Tensor, Tensor]:
        """Radial functions ``[N, R, J]`` and the same times harmonics ``[N, H·R, J]`` of vectors ``[N, J, 3]`` Å, zero
        where ``there [N, J]`` says that there is no neighbour."""
        far = away.new_tensor([4 * self.cutoff, 0.0, 0.0])
        away = torch.where(there[..., None], away, far)  # where there is no pair the basis is zero
        distance = away.square().sum(-1).sqrt()
        radial = self.distance_expansion(distance)
        angular = solid_harmonics(away / distance[..., None], self.degree) * math.sqrt(4 * math.pi)
        basis = angular.transpose(1, 2)[:, :, None] * radial.transpose(1, 2)[:, None]
        return radial.transpose(1, 2), basis.flatten(1, 2)

    def mix(self, x: Tensor, weight: Tensor, gates: Tensor | None = None) -> Tensor:
        """``[H, N, C]``, times ``gates [N, (L + 1)·C]`` where they are given, by a matrix for each degree,
        ``[L + 1, C, C']``."""
        factors = [None] * len(weight) if gates is None else gates.unflatten(1, (len(weight), -1)).unbind(1)
        parts = []
        for rows, matrix, factor in zip(x.split(self.orders), weight.unbind(0), factors, strict=True):
            rows = rows if factor is None else rows * factor
            parts.append((rows.flatten(0, 1) @ matrix).unflatten(0, rows.shape[:2]))
        return torch.cat(parts)

    def product(self, x: Tensor, y: Tensor) -> Tensor:
        """The degrees up to L of the products of functions on the sphere, channel by channel, ``[H, N, C]``."""
        there, back = (matrix.to(x) for matrix in _sphere(self.degree))
        return (back @ ((there @ x.flatten(1)) * (there @ y.flatten(1)))).view_as(x)

    def invariants(self, x: Tensor) -> Tensor:
        """Mean squares of the degrees from 1 on, ``[N, L·C]``."""
        return torch.cat([rows.square().mean(0) for rows in x.split(self.orders)[1:]], dim=-1)


class TensorLayer(nn.Module):
    """One round of messages; ``carries`` says whether the atoms have tensors to send."""

    def __init__(self, width: int, tensors: int, degree: int, radial: int, sources: int, carries: bool) -> None:
        super().__init__()
        kinds = degree + 1
        self.sizes = (width, kinds * tensors, kinds * tensors)
        self.norm = nn.LayerNorm(width)
        self.source = nn.Linear(width, sources, bias=False)
        self.sum = _mixing(kinds, radial * sources, tensors)
        self.carry = _mixing(kinds, tensors, sources) if carries else None
        self.carried = _mixing(kinds, radial * sources, tensors) if carries else None
        self.left, self.right = _mixing(kinds, tensors, tensors), _mixing(kinds, tensors, tensors)
        self.from_sum, self.from_product = _mixing(kinds, tensors, tensors), _mixing(kinds, tensors, tensors)
        invariants = width + (2 + degree) * tensors
        self.update = nn.Sequential(nn.Linear(invariants, 2 * width), nn.SiLU(), nn.Linear(2 * width, sum(self.sizes)))

    def forward(self, h: Tensor, x: Tensor | None, neighbors: Neighbors, trunk: TensorTrunk) -> tuple[Tensor, Tensor]:
        """Scalars ``[N, D]`` and tensors ``[H, N, C]`` → the same."""
        normed = self.norm(h)
        sent, *tensors = self._sent(normed, x, trunk)
        summed = torch.bmm(neighbors.basis, sent[neighbors.table])
        return self._update(h, x, normed, trunk, summed, *(_moved(rows, neighbors) for rows in tensors))

    def among(
        self, h: Tensor, x: Tensor | None, pos: Tensor, near: Neighborhoods, trunk: TensorTrunk
    ) -> tuple[Tensor, Tensor]:
        """The same of scalars ``[N, D]`` and tensors ``[N, H, C]`` at ``pos [N, 3]`` Å, in the order of ``near``."""
        normed = self.norm(h)

        def receive(
            own: Sequence[Tensor], delta: Tensor, mask: Tensor, sent: Sequence[Tensor]
        ) -> tuple[Tensor, Tensor]:
            h, normed, *x = own
            radial, basis = trunk.functions(delta.squeeze(1), mask.squeeze(1))
            sums = [torch.bmm(functions, rows) for functions, rows in zip((basis, radial), sent, strict=False)]
            h, new = self._update(h, x[0].transpose(0, 1) if x else None, normed, trunk, *sums)
            return h, new.transpose(0, 1)

        sent = self._sent(normed, None if x is None else x.transpose(0, 1), trunk)
        h, x = near.receive(receive, [h, normed] if x is None else [h, normed, x], pos, sent)
        return h, x

    def _sent(self, normed: Tensor, x: Tensor | None, trunk: TensorTrunk) -> list[Tensor]:
        """What neighbours read of an atom: channels ``[N, S]``, and tensors ``[N, H·S]`` where it has them."""
        sent = [self.source(normed)]
        if x is None or self.carry is None:
            return sent
        return [*sent, trunk.mix(_scaled(x), self.carry).transpose(0, 1).flatten(1)]

    def _update(
        self, h: Tensor, x: Tensor | None, normed: Tensor, trunk: TensorTrunk, summed: Tensor, *moved: Tensor
    ) -> tuple[Tensor, Tensor]:
        """New scalars and tensors by sums ``[N, H·R, S]`` of channels, and ``[N, R, H·S]`` of tensors."""
        functions = num_harmonics(trunk.degree)
        total = trunk.mix(summed.view(len(h), functions, -1).transpose(0, 1), self.sum)
        if moved and self.carried is not None:
            rows = moved[0].unflatten(2, (functions, -1)).permute(2, 0, 1, 3).flatten(2)
            total = total + trunk.mix(rows, self.carried)
        total = _scaled(total)
        product = trunk.product(trunk.mix(total, self.left), trunk.mix(total, self.right))
        product = _scaled(product)
        seen = torch.cat([normed, total[0], product[0], trunk.invariants(total)], dim=-1)
        change, *gates = self.update(seen).split(self.sizes, dim=-1)
        by_sum, by_product = gates
        new = trunk.mix(total, self.from_sum, by_sum) + trunk.mix(product, self.from_product, by_product)
        return h + change, new if x is None else x + new


def _moved(rows: Tensor, neighbors: Neighbors) -> Tensor:
    """``[N, R, F]`` sums over the neighbours of their ``rows [N, F]`` times the radial functions."""
    tables, radials = neighbors.table.split(_ATOMS), neighbors.radial.split(_ATOMS)
    return torch.cat([torch.bmm(radial, rows[table]) for table, radial in zip(tables, radials, strict=True)])


class ChargeSpread(nn.Module):
    """Tells the atoms which charge the molecule has beside the charges that they tell themselves."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.says = nn.Linear(width, 2)
        self.hears = nn.Linear(_TOLD, width)
        nn.init.zeros_(self.says.weight)
        nn.init.zeros_(self.says.bias)

    def forward(self, h: Tensor, batch: Tensor, charge: Tensor) -> Tensor:
        """``h [N, D]`` with what they are told."""
        own, weight = self.says(h).unbind(-1)
        rest = spread_rest(own, nn.functional.softplus(weight), batch, charge)
        return h + self.hears(torch.stack([own, rest], dim=-1))


def spread_rest(own: Tensor, weight: Tensor, batch: Tensor, total: Tensor) -> Tensor:
    """``[N]``, what each atom must take on for the sums of ``own [N]`` to become ``total [B]``: shares by ``weight
    [N]``, which is positive."""
    rest = total.to(own) - segment_sum(own, batch, len(total))
    return weight * (rest / segment_sum(weight, batch, len(total)))[batch]


@cache
def _sphere(degree: int) -> tuple[Tensor, Tensor]:
    """Matrices from harmonics to values at points ``[Q, H]`` and back, exact for products of two functions; float64."""
    points, weights = lebedev_sphere(3 * degree + (3 * degree + 1) % 2)
    values = solid_harmonics(points, degree) * math.sqrt(4 * math.pi)
    return values, (values * weights[:, None] / (4 * math.pi)).T.contiguous()


def _scaled(x: Tensor) -> Tensor:
    """Tensors ``[H, N, C]`` whose mean square of an atom stays below 1; what is small stays as it is."""
    return x * (1 + x.square().mean((0, 2), keepdim=True)).rsqrt()


def _mixing(kinds: int, inputs: int, outputs: int) -> nn.Parameter:
    """A linear map for each degree, ``[L + 1, inputs, outputs]``, whose outputs are of the size of its inputs."""
    return nn.Parameter(torch.randn(kinds, inputs, outputs) * inputs**-0.5)
