"""Shares of samples that are stable, valid, connected, unique and novel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from torch_molfield.evaluation.generation.graph import Graph
from torch_molfield.evaluation.generation.stability import RULES

#: reasons for no bonds that are listed, the most frequent ones
MAX_PROBLEMS = 5


class Sample(NamedTuple):
    """What is counted of one molecule.

    Attributes:
        atoms: number of atoms.
        stable: number of stable atoms, by rule.
        valid, connected: whether it is; false without bonds.
        smiles: of its largest fragment; ``None`` if it is not valid.
        problem: why it has no bonds, or an empty text.
    """

    atoms: int
    stable: dict[str, int]
    valid: bool
    connected: bool
    smiles: str | None
    problem: str = ""

    def is_sound(self, rule: str) -> bool:
        """Whether all atoms are stable by a rule, and the molecule valid and connected."""
        return self.valid and self.connected and self.stable[rule] == self.atoms


def judge(graph: Graph | None, problem: str, atoms: int, rules: Sequence[str]) -> Sample:
    """Return the sample of a molecule with so many atoms; without a graph, ``problem`` is the reason."""
    if graph is None:
        return Sample(atoms, dict.fromkeys(rules, 0), False, False, None, problem)
    stable = {rule: int(RULES[rule](graph).sum()) for rule in rules}
    return Sample(atoms, stable, graph.valid, graph.connected, graph.smiles)


def share(count: int, of: int) -> dict[str, Any]:
    """``{"count", "of", "share"}``; the share of nothing is ``None``."""
    return {"count": count, "of": of, "share": count / of if of else None}


def shares(samples: Sequence[Sample], rules: Sequence[str], known: Collection[str] | None) -> dict[str, Any]:
    """All shares, each as in :func:`share`, of all samples unless it says otherwise.

    - ``stability``: by rule, ``atoms`` stable of all atoms, and ``molecules`` all of whose atoms are stable. A molecule
      without bonds has no stable atom.
    - ``valid``: RDKit sanitises the molecule. ``connected``: its bonds hold all atoms together.
      ``valid_connected``: both.
    - ``valid_unique`` (V·U): different SMILES of the valid molecules. ``unique``: the same, of the valid ones.
    - ``valid_unique_novel`` (V·U·N): those of them that are not SMILES of the references. ``novel``: the same, of the
      different ones.
    - ``sun``: different SMILES, not of the references, of the molecules that are stable (by the first rule), valid and
      connected. ``stable_unique``: the same, of the references or not.

    SMILES are those of largest fragments, with all hydrogens and without stereochemistry.
    What needs references is ``None`` without them.

    Args:
        samples: one or more.
        rules: of stability, the first for ``sun``.
        known: SMILES of the references, found by the same protocol.
    """
    total, valid = len(samples), [sample for sample in samples if sample.valid]
    unique = {sample.smiles for sample in valid}
    sound = {sample.smiles for sample in samples if sample.is_sound(rules[0])}
    problems = Counter(sample.problem for sample in samples if sample.problem)

    def novel(smiles: set[str | None], of: int) -> dict[str, Any] | None:
        return None if known is None else share(len(smiles.difference(known)), of)

    return {
        "count": total,
        "stability": {rule: _stability(samples, rule) for rule in rules},
        "valid": share(len(valid), total),
        "connected": share(sum(sample.connected for sample in samples), total),
        "valid_connected": share(sum(sample.connected for sample in valid), total),
        "valid_unique": share(len(unique), total),
        "valid_unique_novel": novel(unique, total),
        "stable_unique": share(len(sound), total),
        "sun": novel(sound, total),
        "unique": share(len(unique), len(valid)),
        "novel": novel(unique, len(unique)),
        "without_bonds": share(problems.total(), total),
        "problems": dict(problems.most_common(MAX_PROBLEMS)),
    }


def _stability(samples: Sequence[Sample], rule: str) -> dict[str, Any]:
    return {
        "atoms": share(sum(sample.stable[rule] for sample in samples), sum(sample.atoms for sample in samples)),
        "molecules": share(sum(sample.stable[rule] == sample.atoms > 0 for sample in samples), len(samples)),
    }
