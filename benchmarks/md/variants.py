"""MolField with one of its parts taken away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from torch_molfield.geometry.frame_set import FrameSet
from torch_molfield.geometry.frames import canonical_frames
from torch_molfield.models import MolField
from torch_molfield.nn import CanonicalINR, FunctionSpaceHyperNetwork
from torch_molfield.training.tasks.surface import SURFACE_MODEL

ELEMENTS = (1, 6, 7, 8)
#: neurons of the shared network of ``global latent``; one of 64 would be no fair rival to 64 generated ones
SHARED_HIDDEN = 256


def lab_frames(z: Tensor, pos: Tensor, batch: Tensor) -> FrameSet:
    """The axes of the file, at the centroid."""
    count = int(batch[-1]) + 1
    size = torch.bincount(batch, minlength=count).to(pos)
    origin = pos.new_zeros(count, 3).index_add(0, batch, pos) / size[:, None]
    axes = torch.eye(3, dtype=pos.dtype, device=pos.device).repeat(count, 1, 1)
    molecule = torch.arange(count, device=pos.device)
    return FrameSet(axes, origin, pos.new_ones(count), molecule, torch.zeros_like(molecule))


def heaviest_frames(z: Tensor, pos: Tensor, batch: Tensor) -> FrameSet:
    """Of the weighted frames of each molecule the heaviest alone."""
    frames = canonical_frames(z, pos, batch)
    chosen = frames.heaviest()
    return FrameSet(
        frames.rotation[chosen],
        frames.origin,
        torch.ones_like(frames.weight[chosen]),
        frames.molecule[chosen],
        frames.kind[chosen],
    )


class FlatHead(FunctionSpaceHyperNetwork):
    """All weights from one pooled vector by a multilayer perceptron, in place of tokens that attend to the atoms."""

    def __init__(self, inr: CanonicalINR, width: int, kernels: int) -> None:
        super().__init__(inr, width, layers=0, groups=1, kernels=kernels)
        self.mix = nn.Sequential(nn.Linear(width, 4 * width), nn.SiLU(), nn.Linear(4 * width, width))

    def forward(
        self, condition: Tensor, mask: Tensor | None = None, encoded: Tensor | None = None
    ) -> tuple[Tensor, list[Tensor]]:
        pooled = self.norm(self.mix(pool(condition, mask)))
        tokens = pooled[:, None].expand(-1, self.tokenizer.num_tokens, -1)
        return tokens, self.emit(tokens, condition, mask, encoded)


class GlobalLatent(nn.Module):
    """One network for all molecules whose biases alone are generated (shift modulation; Dupont et al. 2022, functa)."""

    def __init__(self, inr: CanonicalINR, width: int) -> None:
        super().__init__()
        self.shared = nn.ParameterList(inr.initial_parameters())
        self.mix = nn.Sequential(
            nn.Linear(width, 4 * width), nn.SiLU(), nn.Linear(4 * width, width), nn.LayerNorm(width)
        )
        self.shifts = nn.ModuleList(nn.Linear(width, spec.numel) for spec in inr.specs if spec.name == "bias")

    def forward(
        self, condition: Tensor, mask: Tensor | None = None, encoded: Tensor | None = None
    ) -> tuple[Tensor, list[Tensor]]:
        latent = self.mix(pool(condition, mask))
        count = len(latent)
        parameters = []
        for weight, bias, shift in zip(self.shared[0::2], self.shared[1::2], self.shifts, strict=True):
            parameters += [weight.expand(count, -1, -1), bias + shift(latent)]
        return latent[:, None], parameters


def pool(condition: Tensor, mask: Tensor | None) -> Tensor:
    """Mean over atoms ``[B, D]``."""
    if mask is None:
        return condition.mean(1)
    share = mask.to(condition)
    return (condition * share[..., None]).sum(1) / share.sum(1, keepdim=True)


def _plain(**changes: Any) -> MolField:
    return MolField(**{**SURFACE_MODEL, "elements": ELEMENTS, **changes})


def _with_frames(frames: Callable[[Tensor, Tensor, Tensor], FrameSet]) -> MolField:
    return MolField(**{**SURFACE_MODEL, "elements": ELEMENTS}, frames=frames)


def _with_hyper(make: Callable[[CanonicalINR, int], nn.Module], **changes: Any) -> MolField:
    model = _plain(**changes)
    model.encoder.hyper = make(model.encoder.inr, SURFACE_MODEL["width"])
    model.custom = True
    return model


#: name → a new network
VARIANTS: dict[str, Callable[[], MolField]] = {
    "as shipped": _plain,
    "no canonical frame": lambda: _with_frames(lab_frames),
    "no canonical frame, augmented": lambda: _with_frames(lab_frames),
    "one frame, not weighted": lambda: _with_frames(heaviest_frames),
    "no structure factor": lambda: _plain(kernels=0),
    "flat head": lambda: _with_hyper(lambda inr, width: FlatHead(inr, width, SURFACE_MODEL["kernels"])),
    "flat head, no structure factor": lambda: _with_hyper(lambda inr, width: FlatHead(inr, width, 0), kernels=0),
    "global latent": lambda: _with_hyper(GlobalLatent, hidden=SHARED_HIDDEN, kernels=0),
    "no Eikonal": _plain,
}
