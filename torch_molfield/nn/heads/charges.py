"""Partial charges and the dipole of a molecule, from features of its atoms."""

from __future__ import annotations

from torch import Tensor, nn

from torch_molfield.geometry.smooth import segment_sizes, segment_sum


class ChargeHead(nn.Module):
    """Partial charges ``"charges" [N]`` (e) and dipole ``"dipole" [B, 3]`` (e Å).

    The charges sum to the charge of the molecule. The dipole is Σ_i q_i (x_i − c) + μ_i, with the centroid c and atomic
    dipoles μ, so that the charges need not reproduce the dipole as point charges. Invariant and equivariant as the
    features are.

    Args:
        width: D, number of scalars per atom.
        vectors: V, number of vectors per atom; 0 for none, and then no atomic dipoles.
    """

    def __init__(self, width: int, vectors: int) -> None:
        super().__init__()
        self.charges = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, 1))
        self.atomic = nn.Linear(vectors, 1, bias=False) if vectors else None

    def forward(
        self, h: Tensor, v: Tensor, centred: Tensor, batch: Tensor, charge: Tensor | None, count: int
    ) -> dict[str, Tensor]:
        """Return both, in float64.

        Args:
            h: ``[N, D]``.
            v: ``[N, 3, V]``.
            centred: ``[N, 3]`` Å about the centroid.
            batch: ``[N]``.
            charge: ``[B]`` e of the molecules; 0 if ``None``.
            count: B.
        """
        raw = self.charges(h).squeeze(-1).double()
        excess = segment_sum(raw, batch, count)
        if charge is not None:
            excess = excess - charge
        charges = raw - (excess / segment_sizes(batch, count))[batch]
        moments = charges.unsqueeze(1) * centred
        if self.atomic is not None:
            moments = moments + self.atomic(v).squeeze(-1)
        return {"charges": charges, "dipole": segment_sum(moments, batch, count)}

    def padded(self, h: Tensor, mask: Tensor, charge: Tensor) -> Tensor:
        """The charges ``[B, M]`` of padded atoms ``h [B, M, D]``, zero where ``mask [B, M]`` has none."""
        raw = self.charges(h).squeeze(-1) * mask
        excess = (raw.sum(1) - charge) / mask.sum(1)
        return (raw - excess.unsqueeze(1)) * mask
