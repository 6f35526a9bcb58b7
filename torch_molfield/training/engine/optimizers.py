"""Optimiser groups of a hyper-network."""

from __future__ import annotations

from torch import nn
from torch.optim import AdamW, Optimizer

from torch_molfield.nn import CanonicalINR, FunctionSpaceHyperNetwork

#: Adam moves all D weights behind one generated parameter at once, so the parameter moves by D learning rates a step;
#: heads therefore learn with this over D, as maximal-update parametrisation has it (Yang et al. 2022, table 3).
HEAD_WIDTH = 10.0


#: frequencies (rad/Å) are few and set what the INR can resolve; they learn this much faster
FREQUENCY_SHARE = 6.0


def make_optimizer(model: nn.Module, learning_rate: float, weight_decay: float = 1e-4) -> Optimizer:
    """AdamW with β = (0.9, 0.98) and weight decay on matrices only; heads of hyper-networks learn slower,
    frequencies of INRs faster.

    Each group carries its own share of the learning rate as ``group["share"]``.
    """
    shares = _shares(model)
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for parameter in model.parameters():
        if parameter.requires_grad:
            key = (shares.get(id(parameter), 1.0), weight_decay if parameter.dim() > 1 else 0.0)
            groups.setdefault(key, []).append(parameter)
    return AdamW(
        [
            {"params": members, "lr": share * learning_rate, "share": share, "weight_decay": decay}
            for (share, decay), members in groups.items()
        ],
        lr=learning_rate,
        betas=(0.9, 0.98),
        fused=True,
    )


def _shares(model: nn.Module) -> dict[int, float]:
    """Share of the learning rate by ``id`` of the parameter, where it is not 1."""
    shares: dict[int, float] = {}
    for module in model.modules():
        if isinstance(module, FunctionSpaceHyperNetwork):
            share = min(1.0, HEAD_WIDTH / module.start.shape[-1])
            shares.update((id(parameter), share) for parameter in module.heads.parameters())
        if isinstance(module, CanonicalINR) and module.encoding == "fourier":
            shares[id(module.frequencies)] = FREQUENCY_SHARE
    return shares
