"""Scores of generated molecules: numbers as JSON, and tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch_molfield.evaluation.result import Column, Evaluation


def _percent(key: str, heading: str) -> Column:
    return Column(f"{key}.share", f"{heading} %", ".1f", 100.0)


#: of the first table; a cell is empty where nothing was found
SHARES = (
    Column("geometry", "geometry"),
    Column("protocol", "bonds"),
    _percent("stable.atoms", "atoms stable"),
    _percent("stable.molecules", "molecules stable"),
    _percent("published.molecules", "as MiDi published"),
    _percent("valid", "valid"),
    _percent("valid_connected", "V, connected"),
    _percent("valid_unique", "V·U"),
    _percent("valid_unique_novel", "V·U·N"),
    _percent("sun", "SUN"),
)
#: of the second one
DISTANCES = (
    Column("geometry", "geometry"),
    Column("protocol", "bonds"),
    Column("distributions.total_variation.elements", "TV elements", ".3f"),
    Column("distributions.total_variation.bond_orders", "bond orders", ".3f"),
    Column("distributions.total_variation.ring_counts", "ring counts", ".3f"),
    Column("distributions.total_variation.ring_sizes", "ring sizes", ".3f"),
    Column("distributions.total_variation.triple_bonds", "triple bonds", ".3f"),
    Column("distributions.total_variation.formal_charges", "charges", ".3f"),
    Column("distributions.w1.valencies.distance", "W1 valencies", ".4f"),
    Column("distributions.w1.bond_lengths.distance", "lengths Å", ".4f"),
    Column("distributions.w1.angles.distance", "angles °", ".2f"),
    Column("distributions.w1.torsions.distance", "torsions °", ".2f"),
)


@dataclass(frozen=True)
class GenerationScores:
    """Scores of generated molecules.

    Attributes:
        rows: one for each geometry (``"raw"``, or the name of a relaxation) and protocol, with the shares of
            :func:`~torch_molfield.evaluation.generation.shares.shares`, and ``distributions``
            (:func:`~torch_molfield.evaluation.generation.distributions.compare_distributions`) if there are references.
        facts: numbers of molecules and of references, and those of a relaxation.
    """

    rows: list[dict[str, Any]]
    facts: dict[str, Any] = field(default_factory=dict)

    def row(self, protocol: str, geometry: str = "raw") -> dict[str, Any]:
        """Return the scores of one protocol and geometry.

        Raises:
            KeyError: if there are none.
        """
        for row in self.rows:
            if (row["protocol"], row["geometry"]) == (protocol, geometry):
                return row
        raise KeyError(f"there are no scores of {geometry} molecules by {protocol!r}")

    def as_dict(self) -> dict[str, Any]:
        """All scores, JSON-like."""
        return {**self.facts, "scores": self.rows}

    def table(self) -> str:
        """The tables as text."""
        shown = [{**row, **_main(row)} for row in self.rows]
        tables = [Evaluation(shown, _filled(shown, SHARES)).table()]
        if any(row.get("distributions") for row in self.rows):
            tables.append(Evaluation(shown, DISTANCES).table())
        return "\n\n".join(tables)

    def write(self, folder: Path) -> None:
        """Write ``metrics.json`` into an existing folder, atomically."""
        Evaluation(self.rows, SHARES, self.facts, "scores").write(folder)


def _main(row: dict[str, Any]) -> dict[str, Any]:
    """The stability that counts, and the published one beside it."""
    first, *others = row["stability"].values()
    return {"stable": first, **({"published": others[0]} if others else {})}


def _filled(rows: list[dict[str, Any]], columns: tuple[Column, ...]) -> list[Column]:
    """Without columns that are empty."""
    return [column for column in columns if any(row.get(column.key.split(".")[0]) is not None for row in rows)]
