from pathlib import Path

import numpy as np
import pytest
import torch

from tests.public_sets import ORGANIC, write_organic_conformers
from torch_molfield.data import OrganicConformers, find_dataset
from torch_molfield.evaluation.forces import pack_labelled

SAMPLE = Path(__file__).resolve().parents[3] / "datasets"


def test_attributes_and_units(public_sets):
    data = OrganicConformers(public_sets)
    assert len(data) == 3 * ORGANIC
    with np.load(public_sets / "organic_conformers" / "shard_0of2_000063.npz") as file:
        arrays = dict(file)
    second = data[1]
    assert (second.name, second.smiles) == ("300 K", "C0_0")
    np.testing.assert_allclose(second.pos, arrays["pos"][3:7] * 1e-3, atol=1e-6)
    np.testing.assert_array_equal(second.forces, arrays["forces"][3:7].astype(np.float32))
    assert float(second.energy) == arrays["energy"][1] and second.energy.dtype == torch.float64
    np.testing.assert_array_equal(second.dipole[0], arrays["dipole"][1])
    assert (float(second.homo), float(second.lumo)) == (arrays["homo"][1], arrays["lumo"][1])
    assert [int(m.charge) for m in data[:6]] == arrays["charge"][:6].tolist()
    for molecule in data[:20]:
        assert float(molecule.charges.sum()) == pytest.approx(int(molecule.charge), abs=1e-5)


def test_splits_share_no_scaffold(public_sets):
    seen = {split: {m.smiles for m in OrganicConformers(public_sets, split)} for split in ("train", "val", "test")}
    assert [len(names) for names in seen.values()] == [110, 10, 8]
    assert len(set.union(*seen.values())) == ORGANIC


def test_kinds_and_size(public_sets):
    dimers = OrganicConformers(public_sets, "train", kinds=["dimer"])
    assert len(dimers) == 110 and {m.name for m in dimers} == {"dimer"}
    few = OrganicConformers(public_sets, "train", size=50)
    assert len(few) == 50 and len({m.smiles for m in few}) > 30  # not the first molecules alone
    assert [m.smiles for m in few] == [m.smiles for m in OrganicConformers(public_sets, "train", size=50)]
    assert len(OrganicConformers(public_sets / "organic_conformers", size=10**6)) == 3 * ORGANIC


def test_tests_are_told_apart_by_what_they_are(public_sets):
    parts = find_dataset("organic-conformers", public_sets).test_parts(5)
    assert [(part.name, len(part.molecules)) for part in parts] == [("300 K", 5), ("dimer", 5), ("minimum", 5)]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"forces": None}, r"lacks \['forces'\]"),
        ({"energy": np.zeros(3)}, "energy has shape"),
        ({"molecule": np.full(192, 64)}, "molecule names others than the 64 of the file"),
        ({"pos": np.zeros((5, 3), dtype=np.int16)}, "pos has shape"),
    ],
)
def test_damaged_files(tmp_path, changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        OrganicConformers(write_organic_conformers(tmp_path, **changes))


def test_bad_requests(public_sets, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"There are no files shard_\*\.npz in .*make_organic_conformers"):
        OrganicConformers(tmp_path)
    with pytest.raises(ValueError, match="split must be one of train, val, test, got 'all'"):
        OrganicConformers(public_sets, "all")
    with pytest.raises(ValueError, match="kind '400 K' is unknown; .* has minimum, 300 K, dimer"):
        OrganicConformers(public_sets, kinds=["400 K"])
    with pytest.raises(ValueError, match="size must be at least 1"):
        OrganicConformers(public_sets, size=0)


def test_the_sample_of_the_repository():
    if not (SAMPLE / "organic_conformers").is_dir():
        pytest.skip("datasets/ is in the repository only")
    data = OrganicConformers(SAMPLE)
    packed = pack_labelled(data, charged=True)
    assert {1, 5, 6, 7, 8, 9, 14, 15, 16, 17, 35, 53} >= set(packed.z.tolist())
    assert {-1, 0, 1} <= {int(m.charge) for m in data}
    sums = torch.stack([m.forces.sum(0) for m in data if m.name == "minimum"])
    assert float(sums.abs().max()) < 0.01  # as float16, and no net force
    with pytest.raises(ValueError, match="no molecule is left"):
        OrganicConformers(SAMPLE, pre_filter=lambda m: 2 in m.z.tolist())
