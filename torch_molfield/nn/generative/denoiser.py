"""The network of the prior: from a noisy molecule the direction to the clean one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from torch_molfield.geometry.united_atoms import MAX_HYDROGENS, SiteLabel, Sites

#: Gaussians of the distances between sites, and how far they reach, Å
NUM_RADIAL, REACH = 16, 6.0
#: numbers that tell the time
NUM_TIMES = 32
#: channels in which two sites are compared for a displacement
PAIR_CHANNELS = 16
#: a site and its hydrogens: vectors that are moved
VECTORS = 1 + MAX_HYDROGENS


class Direction(NamedTuple):
    """Velocities ``pos [B, n, 3]`` and ``hydrogens [B, n, 3, 3]``, Å per unit of time, and logits ``bonded [B, n, n]``
    of whether two sites are bonded in the clean molecule."""

    pos: Tensor
    hydrogens: Tensor
    bonded: Tensor


class SiteDenoiser(nn.Module):
    """Transformer over the sites of a molecule in canonical coordinates, conditioned on time by adaptive layer norm
    (Peebles and Xie 2023, DiT).

    Attention has a bias from the distances between sites. Every layer moves an estimate of the clean sites, by
    displacements along the differences of positions and by vectors read from the features, and the next layer sees the
    distances of that estimate. What is moved is scaled by the time that is left, so that the velocity has one size at
    all times.

    Args:
        labels: known site labels.
        hidden_channels: width D.
        num_layers, num_heads: of the transformer.
        context_channels: numbers C that tell the conditions.
    """

    hydrogens: Tensor

    def __init__(
        self,
        labels: Sequence[SiteLabel],
        hidden_channels: int,
        num_layers: int,
        num_heads: int,
        context_channels: int = 0,
    ) -> None:
        super().__init__()
        width = hidden_channels
        self.embedding = nn.Embedding(len(labels), width)
        self.start = nn.Linear(3 * VECTORS, width)
        self.time = nn.Sequential(
            nn.Linear(NUM_TIMES + 2 + context_channels, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU()
        )
        self.modulation = nn.Linear(width, 6 * width)
        nn.init.zeros_(self.modulation.weight)
        nn.init.zeros_(self.modulation.bias)
        self.layers = nn.ModuleList(DenoiserLayer(width, num_heads) for _ in range(num_layers))
        self.bonds = nn.Linear(width, 2 * width // 4)
        self.bond = nn.Linear(width // 4 + NUM_RADIAL, 1)
        counts = torch.tensor([label.hydrogens for label in labels])
        self.register_buffer("hydrogens", counts, persistent=False)

    def forward(self, sites: Sites, time: Tensor, context: Tensor) -> Direction:
        """The direction at ``time [B]``, 0 for noise and 1 for molecules, from sites at that time, under conditions
        ``context [B, C]``."""
        mask, label = sites.mask, sites.label.clamp(min=0)
        vectors = torch.cat([sites.pos[:, :, None], sites.hydrogens], dim=2)
        count = mask.sum(1)
        left = (1 - time)[:, None, None, None]
        features = self.embedding(label) + self.start(vectors.flatten(2))
        changes = self.modulation(self.time(torch.cat([_time_features(time, count), context], dim=-1)))
        moving = self._moving(label, mask)
        pairs = mask[:, :, None] & mask[:, None]
        velocity, estimate = torch.zeros_like(vectors), vectors
        for layer in self.layers:
            distances = Distances.of(estimate[:, :, 0])
            features, change = layer(features, velocity, estimate, distances, changes, pairs)
            velocity = velocity + change * moving
            estimate = vectors + left * velocity
        pos = velocity[:, :, 0] - velocity[:, :, 0].sum(1, keepdim=True) / count[:, None, None]
        return Direction(pos * mask[..., None], velocity[:, :, 1:], self._bonded(features, distances.radial))

    def _moving(self, label: Tensor, mask: Tensor) -> Tensor:
        """``[B, n, 4, 1]``, 1 for a site and for each hydrogen that it has."""
        counts = torch.where(mask, self.hydrogens[label] + 1, 0)
        return (torch.arange(VECTORS, device=label.device) < counts[..., None])[..., None].to(
            self.modulation.weight.dtype
        )

    def _bonded(self, features: Tensor, radial: Tensor) -> Tensor:
        one, two = self.bonds(normal(features)).chunk(2, dim=-1)
        logits = self.bond(torch.cat([one[:, :, None] * two[:, None], radial], dim=-1))[..., 0]
        return logits + logits.transpose(1, 2)


class Distances(NamedTuple):
    """Between sites: ``toward [B, n, n, 3]``, from the first to the second, at most of length 1, and Gaussians
    ``radial [B, n, n, K]`` of the distance."""

    toward: Tensor
    radial: Tensor

    @classmethod
    def of(cls, pos: Tensor) -> Distances:
        """Of sites at ``pos [B, n, 3]`` Å."""
        difference = pos[:, None] - pos[:, :, None]
        length = (difference.square().sum(-1, keepdim=True) + 1e-8).sqrt()
        centers = torch.linspace(0, REACH, NUM_RADIAL, device=pos.device, dtype=pos.dtype)
        width = 1.2 * REACH / (NUM_RADIAL - 1)
        return cls(difference / (1 + length), torch.exp(-((length - centers) / width).square()))


class DenoiserLayer(nn.Module):
    """Attention, a network per site, and a displacement."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.table = nn.Parameter(0.02 * torch.randn(6 * width))
        self.query, self.mix = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.wide, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.bias = nn.Linear(NUM_RADIAL, heads + VECTORS)
        self.pair = nn.Linear(width, 2 * VECTORS * PAIR_CHANNELS)
        self.vector = nn.Linear(width, 3 * VECTORS + VECTORS * VECTORS)
        self.moved = nn.Linear(3 * VECTORS, width)
        for small in (self.pair, self.vector):
            nn.init.normal_(small.weight, std=0.02)

    def forward(
        self,
        features: Tensor,
        velocity: Tensor,
        estimate: Tensor,
        distances: Distances,
        changes: Tensor,
        pairs: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Features ``[B, n, D]`` and the change of the velocities ``[B, n, 4, 3]``."""
        scale, shift, gate, scale2, shift2, gate2 = (changes + self.table)[:, None].chunk(6, dim=-1)
        features = features + self.moved(velocity.flatten(2))
        bias = self.bias(distances.radial).permute(0, 3, 1, 2)
        features = features + gate * self._attend(normal(features) * (1 + scale) + shift, bias[:, : self.heads], pairs)
        hidden = F.gelu(self.wide(normal(features) * (1 + scale2) + shift2), approximate="tanh")
        features = features + gate2 * self.narrow(hidden)
        return features, self._displace(normal(features), estimate, distances.toward, bias[:, self.heads :], pairs)

    def _attend(self, x: Tensor, bias: Tensor, pairs: Tensor) -> Tensor:
        batch, count, width = x.shape
        query, key, value = self.query(x).view(batch, count, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        bias = bias.masked_fill(~pairs.any(1)[:, None, None], -1e4)
        mixed = F.scaled_dot_product_attention(query, key, value, attn_mask=bias)
        return self.mix(mixed.transpose(1, 2).reshape(batch, count, width))

    def _displace(self, x: Tensor, estimate: Tensor, toward: Tensor, bias: Tensor, pairs: Tensor) -> Tensor:
        batch, count, _ = x.shape
        one, two = self.pair(x).view(batch, count, 2, VECTORS, PAIR_CHANNELS).permute(2, 0, 3, 1, 4)
        share = (one @ two.transpose(-1, -2) / math.sqrt(PAIR_CHANNELS) + bias) * pairs[:, None] / 3
        along = torch.einsum("bcij,bijx->bicx", share, toward)
        free, mixing = self.vector(x).split([3 * VECTORS, VECTORS * VECTORS], dim=-1)
        # Vectors to hydrogens turn into one another; the position of a site is no vector of its own.
        own = torch.cat([torch.zeros_like(estimate[:, :, :1]), estimate[:, :, 1:]], dim=2)
        turned = mixing.view(batch, count, VECTORS, VECTORS) @ own
        return along + free.view(batch, count, VECTORS, 3) + turned


def normal(x: Tensor) -> Tensor:
    """Layer norm without parameters."""
    return F.layer_norm(x, x.shape[-1:])


def _time_features(time: Tensor, count: Tensor) -> Tensor:
    """``[B, 34]`` of the time and the number of sites."""
    angle = time[:, None] * math.pi / 4 * torch.arange(1, NUM_TIMES // 2 + 1, device=time.device)
    size = torch.stack([count / 10, count.log() / 2], dim=-1).to(time.dtype)
    return torch.cat([angle.sin(), angle.cos(), size], dim=-1)
