"""TorchMD-NET's equivariant transformer, where it is installed."""

from __future__ import annotations

from torch import Tensor, nn
from torch_geometric.nn import global_add_pool


class EquivariantTransformer(nn.Module):
    """``(z, pos, batch) -> [B, count]``: sums over atoms of what a head says of its scalars.

    Args:
        count: of values.
        width, layers: of the transformer; by default those of TorchMD-NET.
        cutoff: Å.
    """

    def __init__(self, count: int, width: int = 128, layers: int = 6, cutoff: float = 5.0) -> None:
        super().__init__()
        from torchmdnet.models.torchmd_et import TorchMD_ET

        self.representation = TorchMD_ET(
            hidden_channels=width, num_layers=layers, num_rbf=32, num_heads=8, cutoff_upper=cutoff
        )
        self.head = nn.Sequential(nn.Linear(width, width // 2), nn.SiLU(), nn.Linear(width // 2, count))

    def forward(self, z: Tensor, pos: Tensor, batch: Tensor) -> Tensor:
        return global_add_pool(self.head(self.representation(z, pos, batch)[0]), batch)
