"""Scores of generated molecules by named bond protocols."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from torch_geometric.data import Data

from torch_molfield.evaluation.generation.distributions import compare_distributions
from torch_molfield.evaluation.generation.measures import make_measures
from torch_molfield.evaluation.generation.protocols import BondProtocol, find_protocols
from torch_molfield.evaluation.generation.relaxation import make_relaxer, relax_molecules
from torch_molfield.evaluation.generation.scores import GenerationScores
from torch_molfield.evaluation.generation.shares import Sample, share, shares
from torch_molfield.evaluation.generation.survey import Missing, References, survey, survey_references


def evaluate_molecules(
    molecules: Iterable[Data | Missing],
    reference: Sequence[Data] | None = None,
    protocols: Sequence[str] = ("edm", "rdkit"),
    relaxation: str | None = None,
    measures: Sequence[str] = (),
) -> GenerationScores:
    """Score generated molecules; each protocol finds the bonds from the positions alone.

    A molecule without bonds (an element that the protocol does not have, positions that are not finite, …) counts as
    neither stable nor valid; the reasons are counted under ``problems``. The same holds for a molecule that cannot be
    relaxed, in the scores after relaxation.

    Args:
        molecules: with ``z [N]`` and ``pos [N, 3]`` Å; all that were generated, good or bad.
        reference: the training molecules of the generator, for novelty and distributions.
        protocols: names in :data:`~torch_molfield.evaluation.generation.protocols.PROTOCOLS`: ``"edm"``, ``"rdkit"``,
            ``"openbabel"``.
        relaxation: a name in :data:`~torch_molfield.evaluation.generation.relaxation.RELAXERS`, ``"gfn2"`` or
            ``"mmff"``: the molecules are scored a second time after relaxation.
        measures: names in :data:`~torch_molfield.evaluation.generation.measures.MEASURES`: ``"strain"``,
            ``"posebusters"``, ``"nearest"``.

    Raises:
        ValueError: for no molecules, an empty reference, or an unknown name.
        ImportError: for a name whose package is not installed, with the command that installs it.
    """
    generated = list(molecules)
    check_names(protocols, relaxation, measures)
    if not generated:
        raise ValueError("there are no molecules to evaluate; give at least one.")
    if reference is not None and not len(reference):
        raise ValueError("reference is empty; omit it, or give the training molecules.")
    facts: dict[str, Any] = {
        "molecules": len(generated),
        "references": None if reference is None else len(reference),
    }
    relaxed: list[Data | Missing] = []
    if relaxation is not None:
        relaxed, facts["relaxation"] = relax_molecules(relaxation, generated)
    raw_rows, relaxed_rows = [], []
    for name, protocol in find_protocols(protocols).items():
        known = None if reference is None else survey_references(protocol, reference)
        raw, row = _score(protocol, generated, known, measures)
        raw_rows.append({"geometry": "raw", "protocol": name} | row)
        if relaxation is not None:
            after, row = _score(protocol, relaxed, known, measures)
            row["same_smiles"] = _same(raw, after)
            relaxed_rows.append({"geometry": relaxation, "protocol": name} | row)
    return GenerationScores([*raw_rows, *relaxed_rows], facts)


def check_names(protocols: Sequence[str], relaxation: str | None = None, measures: Sequence[str] = ()) -> None:
    """Check these arguments of :func:`evaluate_molecules` before any work.

    Raises:
        ValueError: for an unknown name.
        ImportError: for a name whose package is not installed, with the command that installs it.
    """
    find_protocols(protocols)
    make_measures(measures)
    if relaxation is not None:
        make_relaxer(relaxation)


def _score(
    protocol: BondProtocol,
    molecules: Sequence[Data | Missing],
    known: References | None,
    names: Sequence[str],
) -> tuple[list[Sample], dict[str, Any]]:
    """The samples, and their row of numbers."""
    smiles = None if known is None else known.smiles
    measures = make_measures(names)
    samples, distributions = survey(protocol, molecules, measures.values())
    row = shares(samples, protocol.rules, smiles)
    if known is not None:
        row["distributions"] = compare_distributions(distributions, known.distributions)
    return samples, row | {name: measure.result(smiles) for name, measure in measures.items()}


def _same(raw: Sequence[Sample], after: Sequence[Sample]) -> dict[str, Any]:
    """The share of the molecules that were valid whose SMILES relaxation has not changed."""
    pairs = [(one.smiles, other.smiles) for one, other in zip(raw, after, strict=True) if one.valid]
    return share(sum(one == other for one, other in pairs), len(pairs))
