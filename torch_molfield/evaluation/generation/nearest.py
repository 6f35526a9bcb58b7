"""``nearest``: how similar generated molecules are to the nearest reference."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import numpy as np

from torch_molfield.evaluation.generation.graph import Graph
from torch_molfield.evaluation.generation.measures import Measure
from torch_molfield.evaluation.generation.relaxation import mean_and_median
from torch_molfield.evaluation.generation.shares import Sample

#: references whose fingerprints are held at a time
CHUNK = 10_000
#: of Morgan's fingerprints, as ECFP4
RADIUS, BITS = 2, 2048


class Nearest(Measure):
    """Tanimoto similarity of Morgan fingerprints (ECFP4) to the nearest reference, of the different valid molecules."""

    def __init__(self) -> None:
        self.smiles: set[str] = set()

    def add(self, sample: Sample, graph: Graph | None, sound: bool) -> None:
        """See :meth:`Measure.add`."""
        if sample.smiles is not None:
            self.smiles.add(sample.smiles)

    def result(self, known: Collection[str] | None) -> dict[str, Any]:
        """See :meth:`Measure.result`; ``None`` without references."""
        similarities = [] if not known else nearest_similarity(sorted(self.smiles), sorted(known)).tolist()
        return {"molecules": len(similarities), "tanimoto": mean_and_median(similarities)}


def nearest_similarity(smiles: list[str], references: list[str]) -> np.ndarray:
    """The largest Tanimoto similarity ``[M]`` of each SMILES to one of the references, of which there are some."""
    from rdkit.DataStructs import BulkTanimotoSimilarity

    mine, largest = _fingerprints(smiles), np.zeros(len(smiles))
    for first in range(0, len(references), CHUNK):
        chunk = _fingerprints(references[first : first + CHUNK])
        found = [max(BulkTanimotoSimilarity(each, chunk)) for each in mine]
        largest = np.maximum(largest, np.array(found).reshape(len(mine)))
    return largest


def _fingerprints(smiles: Iterable[str]) -> list[Any]:
    """Of valid SMILES; hydrogens that are written in them belong to their heavy atoms."""
    from rdkit import Chem, rdBase
    from rdkit.Chem import rdFingerprintGenerator

    generator = rdFingerprintGenerator.GetMorganGenerator(radius=RADIUS, fpSize=BITS)
    with rdBase.BlockLogs():
        return [generator.GetFingerprint(Chem.MolFromSmiles(each)) for each in smiles]
