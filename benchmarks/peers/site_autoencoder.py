"""A fixed-size latent of a molecule: its sites as a set of tokens, and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import permutations
from typing import Any, NamedTuple

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor, nn
from torch.nn import functional as F
from torch_geometric.data import Data

from peers.site_tables import site_table
from torch_molfield.geometry.united_atoms import MAX_HYDROGENS, SiteLabel, Sites, pair_distances
from torch_molfield.nn.generative.coupling import axis_signs
from torch_molfield.training.batches.sites import LabelBatches, SiteTable
from torch_molfield.training.engine.settings import TrainingSettings
from torch_molfield.training.engine.task import Task

#: the latent: tokens, and numbers of each
TOKENS, NUMBERS = 16, 16
#: standard deviation of noise on the latent in the training, which has a standard deviation of 1
LATENT_NOISE = 0.1
#: a site is right that has its label and is nearer than this, Å, to where it was
NEAR = 0.1
#: of the terms of the loss
WEIGHTS = {"labels": 0.3, "pos": 1.0, "hydrogens": 0.3, "distances": 1.0}
ORDERS = torch.tensor(list(permutations(range(MAX_HYDROGENS))))


class Slots(NamedTuple):
    """What a decoder says of S slots: ``logits [B, S, V + 1]`` of the label, the last that there is no site, ``pos
    [B, S, 3]`` Å and ``hydrogens [B, S, 3, 3]`` Å."""

    logits: Tensor
    pos: Tensor
    hydrogens: Tensor


class SiteAutoencoder(nn.Module):
    """Sites in canonical coordinates to a latent, and back to slots in no order.

    The encoder's queries attend to the sites, the decoder's slots to the latent, which has mean 0 and variance 1.

    Args:
        labels: known site labels.
        max_sites: slots S.
        max_atoms: most atoms of a training molecule.
        hidden_channels, num_layers, num_heads: of the encoder and of the decoder.

    Attributes:
        counts: ``[A + 1]``, how many training molecules have so many atoms.
    """

    counts: Tensor
    atoms: Tensor

    def __init__(
        self,
        labels: Sequence[Sequence[int]],
        max_sites: int,
        max_atoms: int,
        hidden_channels: int = 128,
        num_layers: int = 3,
        num_heads: int = 8,
    ) -> None:
        super().__init__()
        self.labels = [SiteLabel(*label) for label in labels]
        self.config = {
            "labels": [list(label) for label in self.labels],
            "max_sites": max_sites,
            "max_atoms": max_atoms,
            "hidden_channels": hidden_channels,
            "num_layers": num_layers,
            "num_heads": num_heads,
        }
        width = hidden_channels
        settings = {"dropout": 0.0, "activation": "gelu", "batch_first": True, "norm_first": True}
        self.embedding = nn.Embedding(len(self.labels), width)
        self.start = nn.Linear(3 * (1 + MAX_HYDROGENS), width)
        layer = nn.TransformerEncoderLayer(width, num_heads, 4 * width, **settings)
        self.sites = nn.TransformerEncoder(layer, num_layers, enable_nested_tensor=False)
        reader = nn.TransformerDecoderLayer(width, num_heads, 4 * width, **settings)
        self.queries, self.reader = nn.Parameter(torch.randn(TOKENS, width)), nn.TransformerDecoder(reader, 1)
        self.narrow, self.wide = nn.Linear(width, NUMBERS), nn.Linear(NUMBERS, width)
        self.places = nn.Parameter(torch.randn(TOKENS, width))
        writer = nn.TransformerDecoderLayer(width, num_heads, 4 * width, **settings)
        self.slots = nn.Parameter(torch.randn(max_sites, width))
        self.writer = nn.TransformerDecoder(writer, num_layers, nn.LayerNorm(width))
        self.end = nn.Linear(width, len(self.labels) + 1 + 3 * (1 + MAX_HYDROGENS))
        self.register_buffer("atoms", torch.tensor([*(label.atoms for label in self.labels), 0]), persistent=False)
        self.register_buffer("counts", torch.zeros(max_atoms + 1))

    def encode(self, sites: Sites) -> Tensor:
        """The latent ``[B, 16, 16]``."""
        vectors = torch.cat([sites.pos[:, :, None], sites.hydrogens], dim=2).flatten(2)
        features = self.embedding(sites.label.clamp(min=0)) + self.start(vectors)
        features = self.sites(features, src_key_padding_mask=~sites.mask)
        queries = self.queries.expand(len(features), -1, -1)
        latent = self.narrow(self.reader(queries, features, memory_key_padding_mask=~sites.mask))
        return F.layer_norm(latent, latent.shape[1:])

    def decode(self, latent: Tensor) -> Slots:
        """Slots of a latent ``[B, 16, 16]``."""
        found = self.end(self.writer(self.slots.expand(len(latent), -1, -1), self.wide(latent) + self.places))
        logits, pos, hydrogens = found.split([len(self.labels) + 1, 3, 3 * MAX_HYDROGENS], dim=-1)
        return Slots(logits, pos, hydrogens.unflatten(-1, (MAX_HYDROGENS, 3)))

    def labels_of(self, logits: Tensor, num_atoms: Tensor) -> Tensor:
        """``[B, S]`` the most likely labels that come to ``num_atoms [B]`` atoms together, −1 for no site."""
        score = logits.log_softmax(-1)
        kinds = self.atoms.unique().tolist()
        # The best label of each number of atoms, then for every total the best choice of numbers, slot after slot.
        best = [score.masked_fill(self.atoms != kind, -torch.inf).max(-1) for kind in kinds]
        most, count = int(num_atoms.max()), logits.shape[1]
        total = logits.new_full((len(logits), most + 1), -torch.inf)
        total[:, 0] = 0
        choices = []
        for slot in range(count):
            options = torch.stack(
                [
                    F.pad(total, (kind, 0), value=-torch.inf)[:, : most + 1] + found.values[:, slot, None]
                    for kind, found in zip(kinds, best, strict=True)
                ]
            )
            total, choice = options.max(0)
            choices.append(choice)
        chosen, left = torch.empty(logits.shape[:2], dtype=torch.long), num_atoms.clone()
        rows = torch.arange(len(logits))
        for slot in reversed(range(count)):
            kind = choices[slot][rows, left]
            chosen[:, slot] = torch.stack([found.indices[:, slot] for found in best])[kind, rows]
            left -= torch.tensor(kinds)[kind]
        return chosen.masked_fill(chosen == len(self.labels), -1)


@torch.no_grad()
def match(slots: Slots, sites: Sites) -> tuple[Tensor, Tensor]:
    """``(slot [B, n], target [B, S])``: the slot that stands for each site, and the label that each slot must have."""
    none = slots.logits.shape[-1] - 1
    likely = slots.logits.log_softmax(-1)
    gain = likely.gather(2, sites.label.clamp(min=0)[:, None].expand(-1, likely.shape[1], -1))
    cost = (torch.cdist(sites.pos, slots.pos) - gain.mT + likely[..., none][:, None]).numpy()
    slot = torch.zeros_like(sites.label)
    target = torch.full(slots.logits.shape[:2], none)
    for row, count in enumerate(sites.mask.sum(1).tolist()):
        slot[row, :count] = torch.from_numpy(linear_sum_assignment(cost[row, :count])[1])
        target[row, slot[row, :count]] = sites.label[row, :count]
    return slot, target


def hydrogen_errors(found: Tensor, exact: Tensor) -> Tensor:
    """``[B, n]`` sums of squared errors, Å², of vectors ``[B, n, 3, 3]`` in the order that fits best; only where
    ``exact`` has a hydrogen."""
    there = exact.abs().sum(-1) > 0
    ordered, present = exact[:, :, ORDERS], there[:, :, ORDERS]
    error = ((found[:, :, None] - ordered).square().sum(-1) * present).sum(-1)
    return error.masked_fill(~(present == there[:, :, None]).all(-1), torch.inf).min(-1).values


def turned(sites: Sites) -> Sites:
    """With random signs of the canonical axes, mirror images included."""
    signs = axis_signs(True)
    chosen = signs[torch.randint(len(signs), (len(sites.label),))][:, None]
    return Sites(sites.label, sites.pos * chosen, sites.hydrogens * chosen[:, None])


@dataclass(frozen=True, kw_only=True)
class LatentTraining(TrainingSettings):
    """Settings of the trainings of the autoencoder and of the prior; ``model`` changes those of what is trained."""

    batch_size: int = 128
    workers: int = 0
    average_weights: bool = True
    model: dict[str, Any] = field(default_factory=dict)


class SiteTableBatches(LabelBatches):
    """Sites of molecules as they are: ``label``, ``pos`` and ``hydrogens`` of :class:`Sites`."""

    def at(self, number: int, generator: torch.Generator) -> Data:
        sites = self.molecules.take(self.chosen(number))
        return Data(**sites._asdict(), batch=torch.arange(len(sites.label)))


class SiteAutoencoderTask(Task):
    """Slots are matched to sites (Hungarian method); cross-entropy of the labels, "no site" among them, distances of
    positions and of pairs, squared errors of hydrogens."""

    Settings = LatentTraining
    model: SiteAutoencoder

    def prepare(self, molecules: Any) -> SiteTable:
        if isinstance(molecules, SiteTable):
            return molecules
        return site_table(molecules, self.model.labels if hasattr(self, "model") else None)

    def make_model(self, data: SiteTable) -> SiteAutoencoder:
        most = int(data.atoms[data.sites.label].sum(1).max())
        return SiteAutoencoder(data.labels, data.sites.label.shape[1], most, **self.settings.model)

    def begin(self, data: SiteTable, resumed: bool) -> None:
        """Measure the histogram of numbers of atoms."""
        sizes = data.atoms[data.sites.label].sum(1)
        self.model.counts.copy_(sizes.bincount(minlength=len(self.model.counts)))

    def batches(self, data: SiteTable, seed: int, first: int = 0) -> SiteTableBatches:
        return SiteTableBatches(data, self.settings.batch_size, seed, first)

    @property
    def weights(self) -> dict[str, float]:
        return WEIGHTS

    def losses(self, batch: Data) -> dict[str, Tensor]:
        """See the class."""
        sites = turned(Sites(batch.label, batch.pos, batch.hydrogens))
        latent = self.model.encode(sites)
        slots = self.model.decode(latent + LATENT_NOISE * torch.randn_like(latent))
        slot, target = match(slots, sites)
        rows = torch.arange(len(slot))[:, None]
        pos, hydrogens, there = slots.pos[rows, slot], slots.hydrogens[rows, slot], sites.mask
        pairs = (there[:, :, None] & there[:, None]).float()
        apart = (pair_distances(pos) - pair_distances(sites.pos)).abs()
        return {
            "labels": F.cross_entropy(slots.logits.flatten(0, 1), target.flatten()),
            "pos": ((pos - sites.pos).square().sum(-1) + 1e-6).sqrt()[there].mean(),
            "hydrogens": hydrogen_errors(hydrogens, sites.hydrogens)[there].mean(),
            "distances": (apart * pairs).sum() / pairs.sum(),
        }


@torch.no_grad()
def reconstruction(model: SiteAutoencoder, table: SiteTable) -> dict[str, float | None]:
    """Of molecules that are encoded and decoded: shares whose ``labels`` all come back, whose ``sites`` are also within
    0.1 Å, and the root mean squared error of positions, ``rmsd`` Å, where the labels are right, if any are."""
    sites = table.take(torch.arange(len(table)))
    slots = model.decode(model.encode(sites))
    slot, target = match(slots, sites)
    right = (slots.logits.argmax(-1) == target).all(1)
    error = (slots.pos[torch.arange(len(slot))[:, None], slot] - sites.pos).norm(dim=-1) * sites.mask
    squares = error[right].square().sum() / sites.mask[right].sum()
    near = right & (error < NEAR).all(1)
    return {
        "labels": float(right.float().mean()),
        "sites": float(near.float().mean()),
        "rmsd": float(squares.sqrt()) if bool(right.any()) else None,
    }
