"""A request to a generator, checked against what the generator knows."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch_geometric.data import Data

from torch_molfield.data.element_tables import SYMBOLS
from torch_molfield.geometry.alignment import kabsch
from torch_molfield.geometry.united_atoms import SiteMolecule, to_sites
from torch_molfield.nn.generative.parts import Part, make_part
from torch_molfield.nn.generative.request import Request, parse_formula

if TYPE_CHECKING:
    from torch_molfield.models.molecule_generator import MoleculeGenerator

#: a variation has at most so many atoms more or fewer
VARIED_ATOMS = 2


@dataclass(frozen=True)
class Plan:
    """A checked request.

    Attributes:
        counts: ``[A + 1]`` weights from which the number of atoms is drawn, as far as properties do not determine it.
        elements: heavy atoms wanted, by atomic number.
        num_sites: number of heavy atoms wanted.
        values: ``[M, K]`` of the properties of all samples, NaN where none is asked for.
        guidance: strength of the properties.
        shape: reference of the shape, in canonical coordinates.
        part: part to keep.
        start: molecule to vary, in canonical coordinates.
        keeps: places, in the generator's list, of the labels that are kept.
        strength: probability that one of them is given up.
        frame: rotation and translation from canonical coordinates to those of the request.
    """

    counts: Tensor
    values: Tensor
    elements: Mapping[int, int] | None = None
    num_sites: int | None = None
    guidance: float = 1.0
    shape: SiteMolecule | None = None
    part: Part | None = None
    start: SiteMolecule | None = None
    keeps: Sequence[int] = ()
    strength: float = 0.0
    frame: tuple[Tensor, Tensor] | None = None


def make_plan(generator: MoleculeGenerator, request: Request, num_samples: int) -> Plan:
    """Return the plan of a request for M = ``num_samples`` molecules.

    Raises:
        ValueError: for conditions that the generator does not know, or that no molecule can meet.

    Warns:
        UserWarning: for values of properties outside the range of the training molecules.
    """
    elements, num_sites, num_atoms = None, request.num_heavy, request.num_atoms
    if request.formula is not None:
        formula = parse_formula(request.formula)
        num_atoms = sum(formula.values())
        elements = {number: count for number, count in formula.items() if number > 1 and count}
        _check_formula(generator, request.formula, elements, num_atoms)
        num_sites = sum(elements.values())
    part = None if request.keep is None else make_part(request.keep, request.replace)
    if part is not None:
        generator.check_labels(part.sites.labels)
    shape, start = _canonical(request.shape), _canonical(request.variations_of)
    if start is not None:
        generator.check_labels(start.labels)
    for reference in (shape, start):
        if reference is not None and num_sites is None:
            num_sites = len(reference.labels)
    kept = part.sites if part is not None else start
    given = request.shape if request.shape is not None else request.variations_of
    return Plan(
        counts=_counts(generator, num_atoms, num_sites, elements is not None, part, start),
        values=_values(generator, request.properties, num_samples),
        elements=elements,
        num_sites=num_sites,
        guidance=request.guidance,
        shape=shape,
        part=part,
        start=start,
        keeps=[] if kept is None else [generator.labels.index(label) for label in kept.labels],
        strength=0.0 if start is None else request.strength,
        frame=None if given is None else _frame(given),
    )


def _check_formula(generator: MoleculeGenerator, formula: str, elements: Mapping[int, int], num_atoms: int) -> None:
    unknown = sorted(set(elements) - set(generator.known_elements))
    if unknown:
        raise ValueError(f"{formula!r}: the model was not trained on {SYMBOLS[unknown[0] - 1]}.")
    problem = generator.size_problem(sum(elements.values()), num_atoms)
    if problem:
        raise ValueError(f"{formula!r} has {problem}.")


def _values(generator: MoleculeGenerator, wanted: Mapping[str, float | Sequence[float]], num_samples: int) -> Tensor:
    conditions = generator.conditions
    unknown = [name for name in wanted if name not in conditions.names]
    if unknown:
        known = ", ".join(conditions.names) or "none"
        raise ValueError(f"the model was not trained with the property {unknown[0]!r}; its properties are {known}.")
    values = torch.full((num_samples, len(conditions.names)), torch.nan, dtype=torch.float64)
    for name, value in wanted.items():
        place = conditions.names.index(name)
        given = torch.as_tensor(value, dtype=torch.float64)
        if given.shape not in ((), (num_samples,)) or not bool(torch.isfinite(given).all()):
            raise ValueError(
                f"{name} must be a finite number, or one for each of {num_samples} molecules; got {value}."
            )
        least, most = float(conditions.least[place]), float(conditions.most[place])
        outside = given.reshape(-1)[((given < least) | (given > most)).reshape(-1)]
        if len(outside):
            warnings.warn(
                f"{name} = {float(outside[0]):g} {generator.targets[place].unit} is outside the range of the training "
                f"molecules, {least:.4g} to {most:.4g}.",
                stacklevel=2,
            )
        values[:, place] = given
    return values


def _counts(
    generator: MoleculeGenerator,
    num_atoms: int | None,
    num_sites: int | None,
    is_formula: bool,
    part: Part | None,
    start: SiteMolecule | None,
) -> Tensor:
    table = generator.size_model.counts.double().cpu()
    if is_formula:
        return torch.eye(table.shape[1], dtype=table.dtype)[num_atoms]
    known = table.sum(1).nonzero()[:, 0].tolist()
    if not known:
        raise ValueError("the generator was not trained, so it has no numbers of atoms; train it first.")
    if num_sites is not None and num_sites not in known:
        raise ValueError(
            f"num_heavy must be a number that training molecules have, from {known[0]} to {known[-1]}; got {num_sites}."
        )
    counts = table.sum(0) if num_sites is None else table[num_sites]
    known = counts.nonzero()[:, 0].tolist()
    if num_atoms is not None:
        if num_atoms not in known:
            raise ValueError(
                f"num_atoms must be a number that training molecules{_of(num_sites)} have, from {known[0]} to "
                f"{known[-1]}; got {num_atoms}."
            )
        counts = torch.where(torch.arange(len(counts)) == num_atoms, counts, 0)
    if start is not None:
        own = sum(label.atoms for label in start.labels)
        counts = torch.where((torch.arange(len(counts)) - own).abs() <= VARIED_ATOMS, counts, 0)
    if part is not None:
        least = sum(label.atoms for label in part.sites.labels) + 1
        counts = torch.where(torch.arange(len(counts)) >= least, counts, 0)
    if not bool(counts.any()):
        raise ValueError("no training molecule has such a size; ask for another number of atoms.")
    return counts


def _of(num_sites: int | None) -> str:
    return "" if num_sites is None else f" of {num_sites} heavy atoms"


def _canonical(molecule: Data | None) -> SiteMolecule | None:
    return None if molecule is None else to_sites(molecule.z, molecule.pos).canonical()


def _frame(molecule: Data) -> tuple[Tensor, Tensor]:
    sites = to_sites(molecule.z, molecule.pos)
    return kabsch(sites.canonical().pos, sites.pos)
