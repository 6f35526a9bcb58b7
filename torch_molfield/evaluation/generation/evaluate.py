"""Generated molecules scored under named bond protocols."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from torch_geometric.data import Data

from torch_molfield.evaluation.generation.distributions import compare_distributions
from torch_molfield.evaluation.generation.protocols import BondProtocol, find_protocols
from torch_molfield.evaluation.generation.scores import GenerationScores
from torch_molfield.evaluation.generation.shares import shares
from torch_molfield.evaluation.generation.survey import References, survey, survey_references


def evaluate_molecules(
    molecules: Iterable[Data],
    reference: Sequence[Data] | None = None,
    protocols: Sequence[str] = ("edm", "rdkit"),
) -> GenerationScores:
    """Score generated molecules; bonds are found from the positions alone, by each protocol for itself.

    A molecule without bonds (an element that the protocol does not have, positions that are not finite, …) counts as
    neither stable nor valid, and its reason is told under ``problems``.

    Args:
        molecules: with ``z [N]`` and ``pos [N, 3]`` Å, as many as were generated, good or bad.
        reference: the molecules that the generator learned from, for novelty and distributions.
        protocols: names of :data:`~torch_molfield.evaluation.generation.protocols.PROTOCOLS`: ``"edm"``, ``"rdkit"``,
            ``"openbabel"``.

    Raises:
        ValueError: for no molecules, an empty reference, or an unknown protocol.
        ImportError: for a protocol whose package is not installed.
    """
    generated = list(molecules)
    chosen = find_protocols(protocols)
    if not generated:
        raise ValueError("there are no molecules to evaluate; give at least one.")
    if reference is not None and not len(reference):
        raise ValueError("reference holds no molecule; omit it, or give the molecules of the training.")
    rows = []
    for name, protocol in chosen.items():
        known = None if reference is None else survey_references(protocol, reference)
        rows.append({"geometry": "raw", "protocol": name} | _score(protocol, generated, known))
    facts = {"molecules": len(generated), "references": None if reference is None else len(reference)}
    return GenerationScores(rows, facts)


def _score(protocol: BondProtocol, molecules: Sequence[Data], known: References | None) -> dict[str, Any]:
    samples, distributions = survey(protocol, molecules)
    row = shares(samples, protocol.rules, None if known is None else known.smiles)
    if known is not None:
        row["distributions"] = compare_distributions(distributions, known.distributions)
    return row
