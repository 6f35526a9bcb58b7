"""Generation of molecules as functions of space: a prior over the weights of radial-basis functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from typing import Any

import torch
from torch import Tensor

from torch_molfield.data.element_tables import SYMBOLS
from torch_molfield.data.molfield_data import MolFieldData
from torch_molfield.data.properties import Output, Target
from torch_molfield.data.seeds import mix_seed
from torch_molfield.data.setting_types import Count, Size
from torch_molfield.data.words import counted
from torch_molfield.geometry.alignment import kabsch
from torch_molfield.geometry.united_atoms import SiteLabel, Sites, to_sites
from torch_molfield.models.generation_plan import Plan, make_plan
from torch_molfield.models.pretrained import Pretrained
from torch_molfield.nn.generative.conditions import Conditions
from torch_molfield.nn.generative.coupling import MIN_SPREAD, axis_signs
from torch_molfield.nn.generative.denoiser import VECTORS, Direction, SiteDenoiser
from torch_molfield.nn.generative.guides import PartGuide, ShapeGuide
from torch_molfield.nn.generative.label_limits import LabelLimits
from torch_molfield.nn.generative.label_model import LabelModel, is_possible
from torch_molfield.nn.generative.parts import PART_TIME, begin_around
from torch_molfield.nn.generative.request import Request
from torch_molfield.nn.generative.sampler import Guide, Sampler, Schedule
from torch_molfield.nn.generative.size_model import SizeModel
from torch_molfield.nn.generative.variations import begin_with, find_places, kept_labels, rest_of
from torch_molfield.nn.inr.radial_basis import RadialBasisFunction

#: molecules that are made together
TOGETHER = 256
#: lists of labels that are drawn for a molecule before it is given up
MAX_TRIES = 1000


class MoleculeGenerator(Pretrained):
    """Generative model of molecules.

    A molecule is drawn in three steps: its number of atoms from the histogram of the training molecules; the labels of
    its sites (heavy atoms with their hydrogens) from a :class:`~torch_molfield.nn.generative.label_model.LabelModel`,
    repeatedly until they can form a closed-shell molecule; and their positions by flow matching (Lipman et al. 2023,
    arXiv 2210.02747) in canonical coordinates, see :class:`~torch_molfield.nn.generative.sampler.Schedule`.

    Args:
        labels: the known site labels, each ``(element, hydrogens, neighbours)``.
        max_sites: largest number of heavy atoms in a training molecule.
        max_atoms: largest number of atoms, hydrogens included.
        hidden_channels, num_layers, num_heads: of the :class:`~torch_molfield.nn.generative.denoiser.SiteDenoiser`.
        label_channels: width of the label model.
        mirror_images: whether a molecule and its mirror image are equally likely, so that both signs of an axis are
            tried when noise is assigned.
        properties: properties that can be used as conditions, :class:`~torch_molfield.data.properties.Target` or its
            settings.
    """

    commands = ("generate", "evaluate")
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
        properties: Sequence[Target | dict[str, Any]] = (),
    ) -> None:
        super().__init__()
        self.targets = [target if isinstance(target, Target) else Target(**target) for target in properties]
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
            "properties": [asdict(target) for target in self.targets],
        }
        self.mirror_images = mirror_images
        self.conditions = Conditions([target.name for target in self.targets])
        context = self.conditions.channels
        self.size_model = SizeModel(max_sites, max_atoms, context)
        self.denoiser = SiteDenoiser(self.labels, hidden_channels, num_layers, num_heads, context)
        self.label_model = LabelModel(self.labels, label_channels, context)
        #: Å, spread of positions along the canonical axes, by the number of sites
        self.register_buffer("spread", torch.ones(max_sites + 1, 3))

    @property
    def outputs(self) -> tuple[Output, ...]:
        """The function of a molecule: densities by element."""
        return (Output("densities", "1/Å³", "point"),)

    @property
    def known_elements(self) -> list[int]:
        """Atomic numbers of the elements in generated molecules."""
        return sorted({label.element for label in self.labels} | {1})

    def forward(self, sites: Sites, time: Tensor, context: Tensor) -> Direction:
        """Return the velocities at ``time [B]`` under conditions ``context [B, C]``."""
        return self.denoiser(sites, time, context)

    def function_of(self, z: Tensor, pos: Tensor) -> RadialBasisFunction:
        """Return the function whose weights are the sites of a given molecule; exact.

        Raises:
            ValueError: for a molecule without heavy atoms, or with labels that the model was not trained on.
        """
        sites = to_sites(z, pos)
        self.check_labels(sites.labels)
        return RadialBasisFunction(*sites)

    def check_labels(self, labels: Sequence[SiteLabel]) -> None:
        """Raise ``ValueError`` for labels that the model was not trained on, or for too many sites or atoms."""
        unknown = [label for label in labels if label not in self.labels]
        if unknown:
            raise ValueError(f"the model was not trained on {_described(unknown[0])}.")
        problem = self.size_problem(len(labels), sum(label.atoms for label in labels))
        if problem:
            raise ValueError(f"the molecule has {problem}.")

    def size_problem(self, num_heavy: int, num_atoms: int) -> str:
        """Return why a molecule is too large for the model, or an empty text."""
        for what, number, most in (
            ("heavy atom", num_heavy, self.config["max_sites"]),
            ("atom", num_atoms, self.config["max_atoms"]),
        ):
            if number > most:
                return f"{counted(number, what)}, more than the {most} that the model was trained on"
        return ""

    def sample(
        self, num_samples: int, seed: int = 0, *, schedule: Schedule | None = None, **conditions: Any
    ) -> list[MolFieldData]:
        """Generate new molecules in canonical coordinates, or at the place of a given part or shape.

        Args:
            num_samples: number of molecules.
            seed: seed of all random numbers; molecule k depends on the request, the seed and k alone.
            schedule: settings of the sampler; by default those of the published results.
            conditions: attributes of a :class:`~torch_molfield.nn.generative.request.Request`, such as
                ``num_atoms=18``, ``properties={"gap": 5.0}`` or ``formula="C6H10O2"``; by default sizes are drawn from
                the histogram of the training molecules.

        Returns:
            For each molecule ``z [N]``, ``pos [N, 3]`` Å, ``function`` (its
                :class:`~torch_molfield.nn.inr.radial_basis.RadialBasisFunction`), and ``label_tries``, the number of
                lists of labels that were drawn for it.

        Raises:
            ValueError: for a number of samples below 1, conditions that the model does not know or that no molecule can
                meet, or a generator that finds no labels.
        """
        return list(self.iterate(num_samples, seed, schedule=schedule, **conditions))

    def iterate(
        self, num_samples: int, seed: int = 0, *, first: int = 0, schedule: Schedule | None = None, **conditions: Any
    ) -> Iterator[MolFieldData]:
        """Generate the molecules of :meth:`sample` from index ``first`` on, in batches of some hundreds."""
        if num_samples < 1:
            raise ValueError(f"num_samples must be at least 1, got {num_samples}.")
        plan = make_plan(self, Request.of(conditions), num_samples)
        for begin in range(first, num_samples, TOGETHER):
            numbers = range(begin, min(begin + TOGETHER, num_samples))
            part = replace(plan, values=plan.values[begin : begin + TOGETHER])
            yield from self._make([_generator(seed, number) for number in numbers], part, schedule or Schedule())

    def _make(self, generators: list[torch.Generator], plan: Plan, schedule: Schedule) -> list[MolFieldData]:
        context = self.conditions(plan.values.to(self.spread.device)).to(self.spread)
        lists, tries = self._draw_labels(generators, context, plan)
        count = max(map(len, lists))

        def draw(rows: Tensor) -> Tensor:
            normal = torch.zeros(len(rows), count, VECTORS, 3)
            for drawn, row in zip(normal, rows.tolist(), strict=True):
                drawn[: len(lists[row])] = torch.randn(len(lists[row]), VECTORS, 3, generator=generators[row])
            return normal.to(self.spread)

        label = torch.tensor([places + [-1] * (count - len(places)) for places in lists], device=self.spread.device)
        signs, start = axis_signs(self.mirror_images), None
        if plan.start is not None:
            start = begin_with(plan.start, label, self.labels)
            schedule = replace(schedule, first_time=(1 - plan.strength) * schedule.last_time)
        places = torch.tensor([find_places(labels, plan.keeps) for labels in lists]) if plan.part else None
        if plan.part is not None and places is not None:
            start = begin_around(plan.part, places, label, draw(torch.arange(len(lists))))
            schedule = replace(schedule, first_time=PART_TIME)
        guide = self._guide(plan, places)
        sampler = Sampler(self.denoiser, self.labels, self._spread(plan), signs, schedule, plan.guidance, guide)
        sites = sampler.sample(label, context, draw, start)
        return [self._molecule(places, sites, row, tries[row], plan) for row, places in enumerate(lists)]

    def _spread(self, plan: Plan) -> Tensor:
        """Of the noise: that of a shape, if one is asked for."""
        if plan.shape is None:
            return self.spread
        own = plan.shape.pos.square().mean(0).sqrt().clamp(min=MIN_SPREAD)
        return own.to(self.spread).expand_as(self.spread)

    def _guide(self, plan: Plan, places: Tensor | None) -> Guide | None:
        if plan.shape is not None:
            return ShapeGuide(plan.shape.pos.to(self.spread))
        return None if plan.part is None or places is None else PartGuide(places.to(self.spread.device), plan.part)

    def _draw_labels(
        self, generators: list[torch.Generator], context: Tensor, plan: Plan
    ) -> tuple[list[list[int]], list[int]]:
        """For every molecule a possible list of labels, and how many lists were drawn for it.

        The number of atoms is drawn once, but with every list where some labels are kept, which leaves few numbers.
        """
        found: list[list[int] | None] = [None] * len(generators)
        tries, most = [0] * len(generators), len(self.spread)
        atoms = torch.zeros(len(generators), dtype=torch.long, device=context.device)
        given = torch.zeros(len(generators), len(self.labels), dtype=torch.long, device=context.device)
        limits = LabelLimits(self.labels, plan.elements, plan.num_sites)
        while missing := [k for k, places in enumerate(found) if places is None]:
            rows = [generators[k] for k in missing]
            if tries[missing[0]] == 0 or plan.keeps:
                atoms[missing] = self._draw_sizes(rows, context[missing], plan)
                given[missing] = kept_labels(plan.keeps, plan.strength, rows, len(self.labels)).to(given)
            if tries[missing[0]] == MAX_TRIES:
                raise ValueError(
                    f"{MAX_TRIES} lists of labels were drawn, and none can be a molecule that is asked for; ask for "
                    "another, or train the generator for longer."
                )
            uniform = torch.stack([torch.rand(most - 1, generator=row) for row in rows]).to(context.device)
            drawn = self.label_model.sample(
                atoms[missing], uniform, context[missing], given[missing], limits, plan.guidance
            )
            for k, places in zip(missing, drawn, strict=True):
                tries[k] += 1
                if places is not None and self._can_be(places, plan):
                    found[k] = places
        return [places for places in found if places is not None], tries

    def _can_be(self, places: list[int], plan: Plan) -> bool:
        """Whether sites of these labels can be a molecule, and one in which the part has grown."""
        if len(places) >= len(self.spread) or not is_possible([self.labels[place] for place in places]):
            return False
        return plan.part is None or plan.part.can_grow([self.labels[place] for place in rest_of(places, plan.keeps)])

    @torch.no_grad()
    def _draw_sizes(self, generators: list[torch.Generator], context: Tensor, plan: Plan) -> Tensor:
        """Numbers of atoms ``[B]``."""
        share = self.size_model.log_prob(context, plan.counts.to(context)).double().exp().cumsum(1)
        start = torch.tensor([[float(torch.rand(1, generator=generator))] for generator in generators]).to(share)
        return torch.searchsorted(share, start * share[:, -1:], right=True)[:, 0]

    def _molecule(self, places: list[int], sites: Sites, row: int, tries: int, plan: Plan) -> MolFieldData:
        labels, count = [self.labels[place] for place in places], len(places)
        pos, hydrogens = sites.pos[row, :count], sites.hydrogens[row, :count]
        frame = plan.frame
        if plan.part is not None:
            frame = kabsch(pos[find_places(places, plan.keeps)], plan.part.sites.pos.to(pos))
        if frame is not None:
            rotation, shift = (column.to(pos) for column in frame)
            pos, hydrogens = pos @ rotation.mT + shift, hydrogens @ rotation.mT
        function = RadialBasisFunction(labels, pos, hydrogens)
        return MolFieldData(z=function.z, pos=function.atoms, function=function, label_tries=tries)


def _generator(seed: int, number: int) -> torch.Generator:
    return torch.Generator().manual_seed(mix_seed(seed, number))


def _described(label: SiteLabel) -> str:
    hydrogens, neighbours = counted(label.hydrogens, "hydrogen"), counted(label.neighbours, "heavy neighbour")
    return f"{SYMBOLS[label.element - 1]} with {hydrogens} and {neighbours}"
