"""What is known of a property before any training: contributions of the elements, mean, spread."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from torch_molfield.data.properties import KINDS, Output, Target
from torch_molfield.data.validation import MAX_ATOMIC_NUMBER
from torch_molfield.geometry.smooth import segment_sizes, segment_sum


class ExactBuffers(nn.Module):
    """Base of modules whose buffers stay in float64 whatever the type of the network: a total energy has more digits
    than float32."""

    def _apply(self, fn: Any, recurse: bool = True) -> Any:
        exact = dict(self.named_buffers(recurse=False))
        super()._apply(fn, recurse)
        for name, buffer in exact.items():
            setattr(self, name, buffer.to(getattr(self, name).device))
        return self


class References(ExactBuffers):
    """Constants that turn the output of a network into a property.

    value = Σ_i e(Z_i) + shift + scale · n · (output of the network), with n = N / mean N for extensive targets and 1
    for others. e is 0 for targets that are not extensive, and for vectors and lengths; for tensors e and the shift are
    on the diagonal. With ``charges`` the shift also has c₁ Q + c₂ Q² of the charge Q (e) of the molecule. All is
    float64.

    Args:
        targets: of different names.
        charges: whether values depend on the charge of a molecule.

    Raises:
        ValueError: for no targets, or names that occur twice.
    """

    reference: Tensor
    shift: Tensor
    scale: Tensor
    size: Tensor
    charge_terms: Tensor

    def __init__(self, targets: Sequence[Target], charges: bool = False) -> None:
        super().__init__()
        names = [target.name for target in targets]
        if not names or len(set(names)) < len(names):
            raise ValueError(f"targets must have different names, and there must be at least one; got {names}.")
        self.targets = tuple(targets)
        count = len(names)
        self.register_buffer("reference", torch.zeros(MAX_ATOMIC_NUMBER + 1, count, dtype=torch.float64))
        self.register_buffer("shift", torch.zeros(count, dtype=torch.float64))
        self.register_buffer("scale", torch.ones(count, dtype=torch.float64))
        self.register_buffer("size", torch.ones((), dtype=torch.float64))
        self.charges = charges
        if charges:
            self.register_buffer("charge_terms", torch.zeros(2, count, dtype=torch.float64))

    def forward(
        self, said: dict[str, Tensor], z: Tensor, batch: Tensor, charge: Tensor | None = None
    ) -> dict[str, Tensor]:
        """Return values ``[B, ...]`` by name, float64.

        Args:
            said: output of the network for each target, ``[B, ...]``.
            z, batch: ``[N]`` atoms of the molecules.
            charge: ``[B]`` e; zero by default.
        """
        atoms = segment_sizes(batch, len(said[self.targets[0].name])).double()
        base = segment_sum(self.reference[z], batch, len(atoms)) + self.shift
        if self.charges and charge is not None:
            base = base + _powers(charge) @ self.charge_terms
        found = {}
        for k, target in enumerate(self.targets):
            factor = self.scale[k] * (atoms / self.size if target.extensive else torch.ones_like(atoms))
            rows = said[target.name].double()
            found[target.name] = factor.view(-1, *[1] * (rows.dim() - 1)) * rows + _shaped(target.kind, base[:, k])
        return found

    @torch.no_grad()
    def measure(self, z: Tensor, batch: Tensor, values: dict[str, Tensor], charge: Tensor | None = None) -> None:
        """Set e and c (least squares), shift (mean), scale (root mean square of the rest) and mean N from molecules.

        Args:
            z, batch: ``[N]`` atoms of all molecules.
            values: by name, ``[B, ...]``.
            charge: ``[B]`` e.
        """
        counts = _counts(z, batch)
        present = counts.any(dim=0)
        self.size.fill_(float(counts.sum(1).mean()))
        powers = _powers(charge) if self.charges and charge is not None else counts[:, :0]
        for k, target in enumerate(self.targets):
            y = values[target.name].double()
            level = _level(target.kind, y)
            if level is not None:
                mean = torch.zeros_like(level[0]) if target.extensive else level.mean()
                own = counts[:, present] if target.extensive else torch.ones_like(counts[:, :1])
                table = torch.cat([own, powers], dim=1)
                fitted = torch.linalg.lstsq(table, (level - mean)[:, None], driver="gelsd").solution[:, 0]
                y = y - _shaped(target.kind, table @ fitted + mean)
                elements, terms = fitted.to(self.reference.device).split([own.shape[1], powers.shape[1]])
                if target.extensive:
                    self.reference[present, k] = elements
                else:
                    self.shift[k] = mean + elements[0]
                if len(terms):
                    self.charge_terms[:, k] = terms
            self.scale[k] = y.square().mean().sqrt().clamp_min(1e-12)


class ChargeReference(ExactBuffers):
    """E(Q) = c₁ Q + c₂ Q²: what the charge of a molecule adds to its energy before any learning, eV."""

    terms: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("terms", torch.zeros(2, dtype=torch.float64))

    def forward(self, charge: Tensor) -> Tensor:
        """``[B]`` eV of ``charge [B]`` e."""
        return _powers(charge) @ self.terms

    @torch.no_grad()
    def measure(self, z: Tensor, batch: Tensor, energy: Tensor, charge: Tensor) -> None:
        """Set c by least squares, together with an energy for each element.

        Args:
            z, batch: ``[N]`` atoms of all molecules. energy: ``[B]`` eV. charge: ``[B]`` e.
        """
        table = torch.cat([_counts(z, batch), _powers(charge)], dim=1)
        fitted = torch.linalg.lstsq(table, energy.double().unsqueeze(1), driver="gelsd").solution[:, 0]
        self.terms.copy_(fitted[-2:])


class PropertyModel(nn.Module):
    """Base of models of properties: ``model(z [N], pos [N, 3] Å, batch [N] | None) -> {name: values}``.

    Values are in the units of the targets, by way of :attr:`references`.
    """

    references: References

    @property
    def targets(self) -> tuple[Target, ...]:
        """The properties that are predicted."""
        return self.references.targets

    @property
    def outputs(self) -> tuple[Output, ...]:
        """Names and units of the properties that are predicted."""
        return tuple(Output(target.name, target.unit, shape=KINDS[target.kind]) for target in self.targets)

    def predict(
        self, z: Tensor, pos: Tensor, batch: Tensor | None = None, names: Collection[str] | None = None
    ) -> dict[str, Tensor]:
        """Predict the outputs ``names`` of molecules, by default all per molecule.

        See :class:`~torch_molfield.models.predictor.Predictor`.
        """
        found = self(z, pos, batch)
        return {name: values for name, values in found.items() if names is None or name in names}


def _powers(charge: Tensor) -> Tensor:
    """``[B, 2]``, Q and Q²."""
    charge = charge.double()
    return torch.stack([charge, charge.square()], dim=1)


def _counts(z: Tensor, batch: Tensor) -> Tensor:
    """``[B, 119]``, atoms of each element."""
    counts = torch.zeros(int(batch[-1]) + 1, MAX_ATOMIC_NUMBER + 1, dtype=torch.float64)
    return counts.index_put_((batch, z), torch.ones(len(z), dtype=torch.float64), accumulate=True)


def _level(kind: str, values: Tensor) -> Tensor | None:
    """The part of values that a reference can stand for, ``[B]``: of tensors a third of the trace, none of vectors and
    their lengths."""
    if kind == "tensor":
        return values.diagonal(dim1=1, dim2=2).mean(1)
    return values if kind == "scalar" else None


def _shaped(kind: str, levels: Tensor) -> Tensor:
    """Levels ``[B]`` as what is added to scalars ``[B]`` or tensors (on the diagonal); nothing to vectors, lengths."""
    if kind == "tensor":
        return levels[:, None, None] * torch.eye(3, dtype=levels.dtype, device=levels.device)
    nothing = torch.zeros_like(levels)
    return {"scalar": levels, "length": nothing, "vector": nothing[:, None]}[kind]
