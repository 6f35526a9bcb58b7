"""Flow matching over a fixed-size latent of molecules, given the number of atoms."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch_geometric.data import Data

from peers.site_autoencoder import (
    NUMBERS,
    TOKENS,
    LatentTraining,
    SiteAutoencoder,
    SiteTableBatches,
    turned,
)
from peers.site_tables import site_table
from torch_molfield.data import MolFieldData
from torch_molfield.geometry.united_atoms import Sites, to_atoms
from torch_molfield.training.batches.sites import SiteTable
from torch_molfield.training.engine.task import Task

#: numbers that tell the time
NUM_TIMES = 32
#: samples that are made together
TOGETHER = 256
#: the last time of the sampler, and the scale of its fresh noise: those of the package's sampler
LAST_TIME, NOISE_SCALE = 0.97, 0.7


class LatentPrior(nn.Module):
    """Velocities of the latent of a frozen autoencoder.

    A transformer over the tokens and one token more, which tells the time and the number of atoms.

    Args:
        autoencoder: trained; its weights stay as they are.
        hidden_channels, num_layers, num_heads: of the transformer.
    """

    def __init__(
        self, autoencoder: SiteAutoencoder, hidden_channels: int = 128, num_layers: int = 6, num_heads: int = 8
    ) -> None:
        super().__init__()
        width = hidden_channels
        self.config = {"hidden_channels": width, "num_layers": num_layers, "num_heads": num_heads}
        self.autoencoder = autoencoder.requires_grad_(False)
        self.start, self.end = nn.Linear(NUMBERS, width), nn.Linear(width, NUMBERS)
        self.places = nn.Parameter(torch.randn(TOKENS, width))
        self.told = nn.Sequential(
            nn.Linear(NUM_TIMES + len(autoencoder.counts), width), nn.SiLU(), nn.Linear(width, width)
        )
        layer = nn.TransformerEncoderLayer(width, num_heads, 4 * width, 0.0, "gelu", batch_first=True, norm_first=True)
        self.layers = nn.TransformerEncoder(layer, num_layers, nn.LayerNorm(width), enable_nested_tensor=False)

    def forward(self, latent: Tensor, time: Tensor, num_atoms: Tensor) -> Tensor:
        """``[B, 16, 16]`` at ``time [B]``, 0 for noise and 1 for molecules of ``num_atoms [B]`` atoms."""
        angle = time[:, None] * math.pi / 4 * torch.arange(1, NUM_TIMES // 2 + 1)
        size = F.one_hot(num_atoms, len(self.autoencoder.counts)).to(latent)
        told = self.told(torch.cat([angle.sin(), angle.cos(), size], dim=-1))[:, None]
        tokens = self.start(latent) + self.places + told
        return self.end(self.layers(torch.cat([told, tokens], dim=1))[:, 1:])

    @torch.no_grad()
    def sample(
        self, num_samples: int, seed: int = 0, num_steps: int = 100, renoise_after: float = 1.0
    ) -> list[MolFieldData]:
        """New molecules; their numbers of atoms are drawn from the histogram of the training molecules.

        Args:
            num_samples: how many.
            seed: of all that is drawn.
            num_steps: calls of the network.
            renoise_after: time from which every step predicts the clean latent and takes it back with fresh noise, as
                :class:`~torch_molfield.nn.generative.sampler.Schedule` does; 1 follows the flow to the end. Tokens
                have an order, so that noise is not assigned.
        """
        generator = torch.Generator().manual_seed(seed)
        counts = self.autoencoder.counts
        sizes = torch.multinomial(counts, num_samples, replacement=True, generator=generator)
        times = torch.linspace(0, LAST_TIME, num_steps).tolist()
        found: list[MolFieldData] = []
        for num_atoms in sizes.split(TOGETHER):

            def draw(count: int = len(num_atoms)) -> Tensor:
                return torch.randn(count, TOKENS, NUMBERS, generator=generator)

            latent = draw()
            for now, later in pairwise(times):
                clean = self._clean(latent, now, num_atoms)
                if now < renoise_after:
                    latent = torch.lerp(latent, clean, (later - now) / (1 - now))
                else:
                    latent = later * clean + (1 - later) * NOISE_SCALE * draw()
            found += self._molecules(self._clean(latent, times[-1], num_atoms), num_atoms)
        return found

    def _clean(self, latent: Tensor, time: float, num_atoms: Tensor) -> Tensor:
        return latent + (1 - time) * self(latent, torch.full((len(latent),), time), num_atoms)

    def _molecules(self, latent: Tensor, num_atoms: Tensor) -> list[MolFieldData]:
        slots = self.autoencoder.decode(latent)
        found = []
        for row, label in enumerate(self.autoencoder.labels_of(slots.logits, num_atoms)):
            there = label >= 0
            labels = [self.autoencoder.labels[place] for place in label[there].tolist()]
            z, pos = to_atoms(labels, slots.pos[row, there], slots.hydrogens[row, there])
            found.append(MolFieldData(z=z, pos=pos))
        return found


class LatentPriorTask(Task):
    """Squared error of the velocities of latents, of molecules with random signs of their axes.

    Args:
        autoencoder: trained.
    """

    Settings = LatentTraining
    model: LatentPrior

    def __init__(self, settings: Any, autoencoder: SiteAutoencoder) -> None:
        super().__init__(settings)
        self.hold(autoencoder=autoencoder)

    def prepare(self, molecules: Any) -> SiteTable:
        return molecules if isinstance(molecules, SiteTable) else site_table(molecules, self.autoencoder.labels)

    def make_model(self, data: SiteTable) -> LatentPrior:
        return LatentPrior(self.autoencoder, **self.settings.model)

    def origin(self) -> dict[str, Any]:
        """The autoencoder."""
        return {"autoencoder": self.autoencoder}

    def batches(self, data: SiteTable, seed: int, first: int = 0) -> SiteTableBatches:
        return SiteTableBatches(data, self.settings.batch_size, seed, first)

    def losses(self, batch: Data) -> dict[str, Tensor]:
        """See the class."""
        sites = turned(Sites(batch.label, batch.pos, batch.hydrogens))
        autoencoder = self.model.autoencoder
        with torch.no_grad():
            latent = autoencoder.encode(sites)
        noise, time = torch.randn_like(latent), torch.rand(len(latent))
        num_atoms = autoencoder.atoms[sites.label].sum(1)  # the last entry, of −1, is 0
        found = self.model(torch.lerp(noise, latent, time[:, None, None]), time, num_atoms)
        return {"velocity": (found - (latent - noise)).square().mean()}
