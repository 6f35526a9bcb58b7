"""E(3)-equivariant diffusion over all atoms of a molecule, after Hoogeboom et al. (ICML 2022, arXiv 2203.17003)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch_geometric.data import Data
from torch_geometric.utils import to_dense_batch

from torch_molfield.data import MolFieldData
from torch_molfield.geometry.packed import PackedMolecules
from torch_molfield.training.batches.molecules import MoleculeBatches
from torch_molfield.training.engine.settings import TrainingSettings
from torch_molfield.training.engine.task import Task

#: steps of the diffusion
STEPS = 1000
#: least share of noise and of signal, and the least ratio of signal variances from one step to the next
PRECISION, LEAST_RATIO = 1e-5, 1e-3
#: by which elements (one-hot) and atomic numbers are made smaller than positions in Å
ELEMENT_SCALE, NUMBER_SCALE = 0.25, 0.1
#: Å, farthest that all layers together move an atom along one neighbour
REACH = 15.0
#: molecules, alike in size, that the network takes together: little is padded, and pairs stay in the cache
TOGETHER = 16
#: standard normal numbers ``[B, n, 3 + F]``, new ones at every call
Draw = Callable[[], Tensor]


def signal(steps: int = STEPS) -> Tensor:
    """``[T + 1]`` α_t, the share of the molecule at step t; the share of noise is √(1 − α_t²).

    α_t = (1 − 2 s)(1 − (t / T)²) + s, with ratios of α² that are not below 0.001.
    """
    time = torch.linspace(0, 1, steps + 1, dtype=torch.float64)
    square = ((1 - 2 * PRECISION) * (1 - time**2) + PRECISION).square()
    ratio = (square[1:] / square[:-1]).clamp(min=LEAST_RATIO)
    return torch.cat([square[:1], ratio]).cumprod(0).sqrt()


def centred(x: Tensor, mask: Tensor) -> Tensor:
    """Vectors ``[B, n, 3]`` without their mean over the atoms of ``mask [B, n]``, 0 elsewhere."""
    there = mask[..., None].to(x.dtype)
    return (x - (x * there).sum(1, keepdim=True) / there.sum(1, keepdim=True)) * there


class EDM(nn.Module):
    """Noise of positions and features from noisy ones.

    Args:
        elements: atomic numbers that molecules are made of.
        max_atoms: most atoms of a molecule.
        hidden_channels, num_layers: of the EGNN; the published one has 256 and 9.

    Attributes:
        counts: ``[A + 1]``, how many training molecules have so many atoms.
    """

    counts: Tensor
    alpha: Tensor
    elements: Tensor

    def __init__(self, elements: Sequence[int], max_atoms: int, hidden_channels: int = 64, num_layers: int = 6) -> None:
        super().__init__()
        self.config = {
            "elements": list(elements),
            "max_atoms": max_atoms,
            "hidden_channels": hidden_channels,
            "num_layers": num_layers,
        }
        self.register_buffer("elements", torch.tensor(list(elements)), persistent=False)
        self.register_buffer("alpha", signal().float(), persistent=False)
        self.register_buffer("counts", torch.zeros(max_atoms + 1))
        self.start = nn.Linear(self.features + 1, hidden_channels)
        self.layers = nn.ModuleList(EGNNLayer(hidden_channels, REACH / num_layers) for _ in range(num_layers))
        self.end = nn.Linear(hidden_channels, self.features)

    @property
    def features(self) -> int:
        """Numbers F of an atom besides its position: an element each, and the atomic number."""
        return len(self.config["elements"]) + 1

    def features_of(self, z: Tensor) -> Tensor:
        """``[B, n, F]`` of atomic numbers ``[B, n]``, 0 where there is no atom."""
        hot = (z[..., None] == self.elements).to(self.alpha)
        return torch.cat([ELEMENT_SCALE * hot, NUMBER_SCALE * z[..., None].to(self.alpha)], dim=-1)

    def forward(self, noisy: Tensor, step: Tensor, mask: Tensor) -> Tensor:
        """Noise ``[B, n, 3 + F]`` in positions (Å) and features ``noisy [B, n, 3 + F]`` at ``step [B]``."""
        start, h = noisy.split([3, self.features], dim=-1)
        time = (step.to(h) / STEPS)[:, None, None].expand(-1, h.shape[1], 1)
        pairs = mask[:, :, None] & mask[:, None] & ~torch.eye(mask.shape[1], dtype=torch.bool, device=mask.device)
        first = (start[:, :, None] - start[:, None]).square().sum(-1, keepdim=True)
        h, x = self.start(torch.cat([h, time], dim=-1)), start
        for layer in self.layers:
            h, x = layer(h, x, first, pairs[..., None].to(h))
        return torch.cat([centred(x - start, mask), self.end(h) * mask[..., None]], dim=-1)

    @torch.no_grad()
    def denoise(self, mask: Tensor, draw: Draw, steps: int = STEPS) -> tuple[Tensor, Tensor]:
        """``(z [B, n], pos [B, n, 3] Å)`` by ancestral sampling from noise for atoms of ``mask [B, n]``.

        Args:
            mask: where there is an atom.
            draw: of the noise.
            steps: of the ``STEPS`` steps as many as are taken, evenly spaced.
        """

        def noise() -> Tensor:
            normal = draw()
            return torch.cat([centred(normal[..., :3], mask), normal[..., 3:] * mask[..., None]], dim=-1)

        alpha = self.alpha.double()
        sigma = (1 - alpha.square()).sqrt()
        times = torch.linspace(STEPS, 0, steps + 1).round().long().tolist()
        noisy = noise()
        for now, later in pairwise(times):
            error = self(noisy, torch.full((len(mask),), now, device=mask.device), mask)
            ratio = alpha[now] / alpha[later]
            variance = sigma[now].square() - ratio.square() * sigma[later].square()
            mean = noisy / float(ratio) - float(variance / (ratio * sigma[now])) * error
            noisy = mean + float(variance.sqrt() * sigma[later] / sigma[now]) * noise()
        error = self(noisy, torch.zeros(len(mask), device=mask.device), mask)
        clean = noisy / float(alpha[0]) + float(sigma[0] / alpha[0]) * (noise() - error)
        z = self.elements[clean[..., 3:-1].argmax(-1)].masked_fill(~mask, 0)
        return z, centred(clean[..., :3], mask)

    def sample(self, num_samples: int, seed: int = 0, steps: int = STEPS) -> list[MolFieldData]:
        """New molecules; their numbers of atoms are drawn from the histogram of the training molecules."""
        generator = torch.Generator().manual_seed(seed)
        counts = torch.multinomial(self.counts, num_samples, replacement=True, generator=generator)
        found: dict[int, MolFieldData] = {}
        for rows in counts.argsort(stable=True).split(TOGETHER):
            mask = torch.arange(int(counts[rows].max())) < counts[rows, None]
            shape = (*mask.shape, 3 + self.features)
            z, pos = self.denoise(mask, lambda shape=shape: torch.randn(shape, generator=generator), steps)
            for k, row in enumerate(rows.tolist()):
                found[row] = MolFieldData(z=z[k, mask[k]], pos=pos[k, mask[k]])
        return [found[row] for row in range(num_samples)]


class EGNNLayer(nn.Module):
    """Messages between all atoms, then displacements along their differences (Satorras et al. 2021)."""

    def __init__(self, width: int, reach: float) -> None:
        super().__init__()
        self.reach = reach
        self.message, self.gate = PairNetwork(width), nn.Linear(width, 1)
        self.update = nn.Sequential(nn.Linear(2 * width, width), nn.SiLU(), nn.Linear(width, width))
        self.move, self.length = PairNetwork(width), nn.Linear(width, 1, bias=False)
        nn.init.xavier_uniform_(self.length.weight, gain=1e-3)

    def forward(self, h: Tensor, x: Tensor, first: Tensor, pairs: Tensor) -> tuple[Tensor, Tensor]:
        """Features ``[B, n, D]`` and positions ``[B, n, 3]``; ``first [B, n, n, 1]`` squared distances of the input,
        ``pairs [B, n, n, 1]`` 1 where there are two atoms."""
        difference = x[:, :, None] - x[:, None]
        square = difference.square().sum(-1, keepdim=True)
        distances = torch.cat([square, first], dim=-1)
        message = self.message(h, distances)
        total = (message * self.gate(message).sigmoid() * pairs).sum(2)
        h = h + self.update(torch.cat([h, total], dim=-1))
        length = self.reach * self.length(self.move(h, distances)).tanh() * pairs
        return h, x + (difference / ((square + 1e-8).sqrt() + 1) * length).sum(2)


class PairNetwork(nn.Module):
    """Two layers over pairs of atoms ``[B, n, n, D]``; the first is a sum over both atoms and their distances."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.one, self.other = nn.Linear(width, width), nn.Linear(width, width, bias=False)
        self.distances = nn.Linear(2, width, bias=False)
        self.rest = nn.Sequential(nn.SiLU(), nn.Linear(width, width), nn.SiLU())

    def forward(self, h: Tensor, distances: Tensor) -> Tensor:
        """Of features ``[B, n, D]`` and ``distances [B, n, n, 2]``."""
        return self.rest(self.one(h)[:, :, None] + self.other(h)[:, None] + self.distances(distances))


@dataclass(frozen=True, kw_only=True)
class EDMTraining(TrainingSettings):
    """Settings of the training; ``model`` changes those of :class:`EDM`."""

    batch_size: int = 64
    workers: int = 0
    average_weights: bool = True
    model: dict[str, Any] = field(default_factory=dict)


class EDMTask(Task):
    """Squared error of the noise at uniform steps, of all numbers alike. The likelihood that the published loss has at
    step 0, one step of a thousand, is left out."""

    Settings = EDMTraining
    model: EDM

    def prepare(self, molecules: Any) -> PackedMolecules:
        return molecules if isinstance(molecules, PackedMolecules) else PackedMolecules(molecules)

    def make_model(self, data: PackedMolecules) -> EDM:
        return EDM(data.z.unique().tolist(), int(data.start.diff().max()), **self.settings.model)

    def begin(self, data: PackedMolecules, resumed: bool) -> None:
        """Measure the histogram of numbers of atoms."""
        sizes = data.start.diff().bincount(minlength=len(self.model.counts))
        self.model.counts.copy_(sizes)

    def batches(self, data: PackedMolecules, seed: int, first: int = 0) -> MoleculeBatches:
        return MoleculeBatches(data, self.settings.batch_size, seed, first)

    def losses(self, batch: Data) -> dict[str, Tensor]:
        """See the class."""
        z, mask = to_dense_batch(batch.z, batch.batch)
        pos = centred(to_dense_batch(batch.pos, batch.batch)[0], mask)
        clean = torch.cat([pos, self.model.features_of(z) * mask[..., None]], dim=-1)
        noise = torch.randn_like(clean)
        noise = torch.cat([centred(noise[..., :3], mask), noise[..., 3:] * mask[..., None]], dim=-1)
        step = torch.randint(STEPS + 1, (len(z),), device=z.device)
        alpha = self.model.alpha[step][:, None, None]
        noisy, counts = alpha * clean + (1 - alpha.square()).sqrt() * noise, mask.sum(1)
        errors = []
        for rows in counts.argsort().split(TOGETHER):
            most = int(counts[rows].max())
            found = self.model(noisy[rows, :most], step[rows], mask[rows, :most])
            square = (found - noise[rows, :most]).square().sum((1, 2))
            errors.append(square / (counts[rows] * clean.shape[-1]))
        return {"noise": torch.cat(errors).mean()}
