"""New molecules, as functions of space: a prior over the weights of radial-basis functions."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from torch_molfield.geometry.united_atoms import SiteLabel, Sites
from torch_molfield.models.pretrained import Pretrained
from torch_molfield.nn.generative.denoiser import Direction, SiteDenoiser
from torch_molfield.nn.generative.label_model import LabelModel


class MoleculeGenerator(Pretrained):
    """Distribution over molecules.

    A molecule is drawn in three steps: its number of atoms from the histogram of the training molecules, the labels of
    its sites from a :class:`~torch_molfield.nn.generative.label_model.LabelModel`, and their positions by flow matching
    (Lipman et al. 2023, arXiv 2210.02747) in canonical coordinates.

    Args:
        labels: the site labels that it knows, ``(element, hydrogens, neighbours)`` each.
        max_sites: most heavy atoms of a training molecule.
        max_atoms: most atoms of one, hydrogens counted.
        hidden_channels, num_layers, num_heads: of the :class:`~torch_molfield.nn.generative.denoiser.SiteDenoiser`.
        label_channels: width of the label model.
        mirror_images: whether a molecule and its mirror image are equally likely, so that both signs of an axis are
            tried when noise is assigned.
    """

    commands = ("generate", "evaluate")
    sizes: Tensor
    spread: Tensor

    def __init__(
        self,
        labels: Sequence[Sequence[int]],
        *,
        max_sites: int,
        max_atoms: int,
        hidden_channels: int = 128,
        num_layers: int = 6,
        num_heads: int = 8,
        label_channels: int = 256,
        mirror_images: bool = True,
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
            "label_channels": label_channels,
            "mirror_images": mirror_images,
        }
        self.mirror_images = mirror_images
        self.denoiser = SiteDenoiser(self.labels, hidden_channels, num_layers, num_heads)
        self.label_model = LabelModel(self.labels, label_channels)
        #: how many training molecules have this number of atoms
        self.register_buffer("sizes", torch.zeros(max_atoms + 1))
        #: Å, spread of positions along the canonical axes, by the number of sites
        self.register_buffer("spread", torch.ones(max_sites + 1, 3))

    def forward(self, sites: Sites, time: Tensor) -> Direction:
        """Velocities at ``time [B]``."""
        return self.denoiser(sites, time)
