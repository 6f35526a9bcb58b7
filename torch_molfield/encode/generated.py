"""Molecules of a generator as a library, of which parts can be made anywhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from torch import Tensor, tensor

from torch_molfield.data import Entry, MolFieldData
from torch_molfield.encode.encoders import Encoder
from torch_molfield.evaluation.generation.protocols import find_protocols
from torch_molfield.evaluation.generation.records import make_record
from torch_molfield.models import MoleculeGenerator
from torch_molfield.nn.generative.sampler import Schedule

#: what a rule for bonds finds of a molecule, 1 or 0
ANSWERS = ("valid", "connected", "stable")


class GeneratedEntries:
    """``entries(first)``: samples from number ``first`` on; sample k depends on the request, the seed and k alone.

    Args:
        generator: in eval mode.
        num_samples: of the whole.
        seed, schedule, conditions: of :meth:`~torch_molfield.models.MoleculeGenerator.sample`.
        protocol: the rule that finds bonds.
    """

    def __init__(
        self,
        generator: MoleculeGenerator,
        num_samples: int,
        seed: int,
        schedule: Schedule,
        conditions: Mapping[str, Any],
        protocol: str,
    ) -> None:
        self.generator, self.num_samples, self.seed = generator, num_samples, seed
        self.schedule, self.conditions, self.protocol = schedule, dict(conditions), protocol

    def __call__(self, first: int) -> Iterator[Entry]:
        """The samples with their SMILES and :data:`ANSWERS`; none beyond the last."""
        (rule,) = find_protocols([self.protocol]).values()
        if first >= self.num_samples:
            return
        made = self.generator.iterate(
            self.num_samples, self.seed, first=first, schedule=self.schedule, **self.conditions
        )
        for number, molecule in enumerate(made, first):
            record = make_record(molecule.to("cpu"), rule, {})
            answers = {name: int(record.properties.get(name) == "yes") for name in ANSWERS}
            data = MolFieldData(z=record.molecule.z, pos=record.molecule.pos, smiles=record.smiles or "", **answers)
            yield Entry(number, "", data)


class MoleculeEncoder(Encoder):
    """``z [N]``, ``pos [N, 3]`` Å and whether the molecule is ``valid``, ``connected`` and ``stable``, 1 or 0."""

    whole = ("z", *ANSWERS)

    @property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        return {"z": (-1,), "pos": (-1, 3), **dict.fromkeys(ANSWERS, ())}

    def problem(self, data: MolFieldData) -> str:
        return ""

    def encode(self, molecules: Sequence[MolFieldData]) -> Mapping[str, Tensor | Sequence[Tensor]]:
        """What the entries hold."""
        answers = {name: tensor([data[name] for data in molecules]) for name in ANSWERS}
        return {"z": [data.z for data in molecules], "pos": [data.pos for data in molecules], **answers}
