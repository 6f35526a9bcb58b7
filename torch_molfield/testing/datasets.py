"""What every dataset of the registry must fulfil."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

from torch_geometric.data import Data

from torch_molfield.data.datasets.source import DatasetSource


def check_dataset(source: DatasetSource, num_samples: int = 3) -> None:
    """Splits are not empty, do not share a molecule (atoms and positions), are the same at every call, and give
    ``num_samples`` molecules where so many are wanted; the test parts are made of molecules of the test split.

    Raises:
        AssertionError: where this is not so.
    """
    found = {split: _molecules(source.split(split)) for split in source.splits}
    for split, molecules in found.items():
        _require(bool(molecules), f"{source.name}: the split {split} is empty.")
        _require(
            _molecules(source.split(split)) == molecules, f"{source.name}: the split {split} is not deterministic."
        )
        few = _molecules(source.split(split, num_samples))
        wanted = min(num_samples, len(molecules))
        _require(len(few) == wanted, f"{source.name}: {wanted} molecules of {split} were wanted, {len(few)} came.")
        _require(set(few) <= set(molecules), f"{source.name}: a sample of {split} is not part of it.")
        _require(_molecules(source.split(split, num_samples)) == few, f"{source.name}: a sample of {split} varies.")
    for one, other in combinations(found, 2):
        common = set(found[one]) & set(found[other])
        _require(not common, f"{source.name}: {one} and {other} share {len(common)} molecules.")
    for part in source.test_parts(num_samples):
        tested = _molecules(part.molecules)
        _require(0 < len(tested) <= num_samples, f"{source.name}: {part.kind} has {len(tested)} test molecules.")
        _require(set(tested) <= set(found["test"]), f"{source.name}: {part.kind} are not of the test split.")


def _molecules(molecules: Iterable[Data]) -> list[tuple[bytes, bytes]]:
    """Each molecule as something to compare."""
    return [(data.z.numpy().tobytes(), data.pos.numpy().tobytes()) for data in molecules]


def _require(fulfilled: bool, sentence: str) -> None:
    if not fulfilled:
        raise AssertionError(sentence)
