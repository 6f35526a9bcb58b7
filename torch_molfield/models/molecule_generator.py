"""New molecules, as functions of space: a prior over the weights of radial-basis functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from torch_molfield.data.molfield_data import MolFieldData
from torch_molfield.data.properties import Output
from torch_molfield.data.seeds import mix_seed
from torch_molfield.data.setting_types import Count, Size
from torch_molfield.geometry.united_atoms import SiteLabel, Sites, to_sites
from torch_molfield.models.pretrained import Pretrained
from torch_molfield.nn.generative.coupling import axis_signs
from torch_molfield.nn.generative.denoiser import VECTORS, Direction, SiteDenoiser
from torch_molfield.nn.generative.label_model import LabelModel, is_possible
from torch_molfield.nn.generative.sampler import Sampler, Schedule
from torch_molfield.nn.inr.radial_basis import RadialBasisFunction

#: molecules that are made together
TOGETHER = 256
#: lists of labels that are drawn for a molecule before it is given up
MAX_TRIES = 200


class MoleculeGenerator(Pretrained):
    """Distribution over molecules.

    A molecule is drawn in three steps: its number of atoms from the histogram of the training molecules; the labels of
    its sites from a :class:`~torch_molfield.nn.generative.label_model.LabelModel`, again and again until they can be a
    closed-shell molecule; and their positions by flow matching (Lipman et al. 2023, arXiv 2210.02747) in canonical
    coordinates, see :class:`~torch_molfield.nn.generative.sampler.Schedule`.

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
        max_sites: Count,
        max_atoms: Count,
        hidden_channels: Size = 128,
        num_layers: Count = 6,
        num_heads: Count = 8,
        label_channels: Size = 256,
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

    @property
    def outputs(self) -> tuple[Output, ...]:
        """The function of a molecule: densities by element."""
        return (Output("densities", "1/Å³", "point"),)

    @property
    def known_elements(self) -> list[int]:
        """Elements that molecules are made of."""
        return sorted({label.element for label in self.labels} | {1})

    def forward(self, sites: Sites, time: Tensor) -> Direction:
        """Velocities at ``time [B]``."""
        return self.denoiser(sites, time)

    def function_of(self, z: Tensor, pos: Tensor) -> RadialBasisFunction:
        """The function whose weights are the sites of a given molecule; exact.

        Raises:
            ValueError: for a molecule that has no sites, or labels that the model does not know.
        """
        sites = to_sites(z, pos)
        self.check_labels(sites.labels)
        return RadialBasisFunction(*sites)

    def check_labels(self, labels: Sequence[SiteLabel]) -> None:
        """``ValueError`` for a label that the model does not know, or more sites or atoms than it was trained on."""
        unknown = [label for label in labels if label not in self.labels]
        if unknown:
            raise ValueError(f"the model does not know a {unknown[0]}.")
        for what, number in (("max_sites", len(labels)), ("max_atoms", sum(label.atoms for label in labels))):
            if number > self.config[what]:
                raise ValueError(f"it has {number} sites or atoms, and the model's {what} is {self.config[what]}.")

    def sample(
        self,
        num_samples: int,
        seed: int = 0,
        *,
        num_atoms: int | None = None,
        schedule: Schedule | None = None,
    ) -> list[MolFieldData]:
        """New molecules, in canonical coordinates.

        Args:
            num_samples: how many.
            seed: of all that is drawn; molecule k depends on the seed and k alone.
            num_atoms: of each, hydrogens counted; by default drawn from the histogram of the training molecules.
            schedule: of the sampler; by default the one with which results are published.

        Returns:
            ``z [N]``, ``pos [N, 3]`` Å, ``function``, their
            :class:`~torch_molfield.nn.inr.radial_basis.RadialBasisFunction`, and ``label_tries``, how many lists of
            labels were drawn for it.

        Raises:
            ValueError: for no samples, a number of atoms that no training molecule has, or a generator that finds no
                labels.
        """
        return list(self.iterate(num_samples, seed, num_atoms=num_atoms, schedule=schedule))

    def iterate(
        self,
        num_samples: int,
        seed: int = 0,
        *,
        num_atoms: int | None = None,
        schedule: Schedule | None = None,
    ) -> Iterator[MolFieldData]:
        """The molecules of :meth:`sample`, some hundreds at a time."""
        if num_samples < 1:
            raise ValueError(f"num_samples must be at least 1, got {num_samples}.")
        sizes = self.sizes.double().cpu()
        if num_atoms is not None:
            known = sizes.nonzero()[:, 0].tolist()
            if num_atoms not in known:
                raise ValueError(
                    f"num_atoms must be a number that training molecules have, from {known[0]} to {known[-1]}; "
                    f"got {num_atoms}."
                )
            sizes = torch.zeros_like(sizes)
            sizes[num_atoms] = 1
        for first in range(0, num_samples, TOGETHER):
            numbers = range(first, min(first + TOGETHER, num_samples))
            yield from self._make([_generator(seed, number) for number in numbers], sizes, schedule or Schedule())

    def _make(self, generators: list[torch.Generator], sizes: Tensor, schedule: Schedule) -> list[MolFieldData]:
        lists, tries = self._draw_labels(generators, sizes)
        count = max(map(len, lists))

        def draw(rows: Tensor) -> Tensor:
            normal = torch.zeros(len(rows), count, VECTORS, 3)
            for drawn, row in zip(normal, rows.tolist(), strict=True):
                drawn[: len(lists[row])] = torch.randn(len(lists[row]), VECTORS, 3, generator=generators[row])
            return normal.to(self.spread)

        label = torch.tensor([places + [-1] * (count - len(places)) for places in lists], device=self.spread.device)
        signs = axis_signs(self.mirror_images)
        sites = Sampler(self.denoiser, self.labels, self.spread, signs, schedule).sample(label, draw)
        return [self._molecule(places, sites, row, tries[row]) for row, places in enumerate(lists)]

    def _draw_labels(self, generators: list[torch.Generator], sizes: Tensor) -> tuple[list[list[int]], list[int]]:
        """For every molecule a possible list of labels, and how many lists were drawn for it."""
        share = sizes.cumsum(0) / sizes.sum()
        start = torch.tensor([float(torch.rand(1, generator=generator)) for generator in generators])
        atoms = torch.searchsorted(share, start.double(), right=True).to(self.spread.device)
        found: list[list[int] | None] = [None] * len(generators)
        tries = [0] * len(generators)
        most = len(self.spread)
        while missing := [k for k, places in enumerate(found) if places is None]:
            if tries[missing[0]] == MAX_TRIES:
                raise ValueError("the generator finds no labels that can be a molecule; train it for longer.")
            uniform = torch.stack([torch.rand(most - 1, generator=generators[k]) for k in missing])
            drawn = self.label_model.sample(atoms[missing], uniform.to(self.spread.device))
            for k, places in zip(missing, drawn, strict=True):
                tries[k] += 1
                if places is not None and is_possible([self.labels[place] for place in places]):
                    found[k] = places
        return [places for places in found if places is not None], tries

    def _molecule(self, places: list[int], sites: Sites, row: int, tries: int) -> MolFieldData:
        labels, count = [self.labels[place] for place in places], len(places)
        function = RadialBasisFunction(labels, sites.pos[row, :count], sites.hydrogens[row, :count])
        return MolFieldData(z=function.z, pos=function.atoms, function=function, label_tries=tries)


def _generator(seed: int, number: int) -> torch.Generator:
    return torch.Generator().manual_seed(mix_seed(seed, number))
