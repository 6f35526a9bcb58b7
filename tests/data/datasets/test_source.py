import importlib
import sys

import pytest
import torch
from torch_geometric.data import Data

from torch_molfield.data.datasets.named import dataset_help, find_dataset
from torch_molfield.data.datasets.source import DATASETS, DatasetSource
from torch_molfield.testing import check_dataset

#: how each registered dataset is asked for, with and without an option
NAMES = {
    "bundled": ["bundled/water_dimer", "ethanol"],
    "organic-conformers": ["organic-conformers"],
    "organic-properties": ["organic-properties"],
    "qm9": ["qm9", "qm9/50"],
    "rmd17": ["rmd17/ethanol", "rmd17/uracil"],
    "qm9/under14": ["qm9/under14"],
    "qm9/over15": ["qm9/over15"],
    "electron-densities": ["electron-densities", "electron-densities/8"],
}


def atom(place: float) -> Data:
    return Data(z=torch.tensor([2]), pos=torch.tensor([[place, 0.0, 0.0]]))


class Helium(DatasetSource):
    usage = "helium"

    def load(self, split, num_samples):
        first = {"train": 0, "val": 10, "test": 20}[split]
        return [atom(float(first + k)) for k in range(10)][:num_samples]


class Leaking(Helium):
    def load(self, split, num_samples):
        return super().load("train", num_samples) if split == "val" else super().load(split, num_samples)


def test_every_registered_dataset_is_checked():
    own = {name for name in DATASETS if DATASETS.get(name).__module__.startswith("torch_molfield.")}
    assert set(NAMES) == own


@pytest.mark.parametrize("name", [name for names in NAMES.values() for name in names])
def test_splits_are_disjoint_and_deterministic(public_sets, name):
    check_dataset(find_dataset(name, public_sets), num_samples=7)


def test_the_check_finds_a_leak():
    check_dataset(Helium("helium"))
    with pytest.raises(AssertionError, match="helium: train and val share 10 molecules"):
        check_dataset(Leaking("helium"))


def test_validation_is_another_word_for_val():
    helium = Helium("helium")
    assert [float(a.pos[0, 0]) for a in helium.split("validation", 2)] == [10.0, 11.0]
    assert [part[:2] for part in helium.test_parts(3)] == [("helium", "molecules")]


@pytest.mark.parametrize(
    ("split", "number", "sentence"),
    [("tests", 1, "split must be one of train, val, test, got 'tests'"), ("test", 0, "num_samples must be at least 1")],
)
def test_bad_splits(split, number, sentence):
    with pytest.raises(ValueError, match=sentence):
        Helium("helium").split(split, number)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("qm9/many", "qm9/many: after the slash goes a number of molecules, as in qm9/5000"),
        ("qm9/0", "qm9/0: after the slash goes a number"),
        ("bundled/gold", "no bundled molecule 'gold'; choose from ethanol, malonaldehyde"),
        ("rmd17/gold", "rmd17/gold: revised MD17 is rmd17/NAME; NAME is one of aspirin"),
        ("rmd17", "rmd17: revised MD17 is rmd17/NAME"),
        ("qm9/under14/5", "qm9/under14/5: after the slash goes a number"),
    ],
)
def test_unknown_options(tmp_path, name, sentence):
    with pytest.raises(ValueError, match=sentence):
        find_dataset(name, tmp_path)


@pytest.mark.parametrize("name", ["organic-properties", "qm9", "qm9/under14", "qm9/over15", "rmd17/ethanol"])
def test_a_folder_is_needed(name):
    with pytest.raises(ValueError, match=f"{name} needs --root, the folder of the public data sets"):
        find_dataset(name).split("test")


def test_a_missing_split_is_a_sentence(public_sets):
    with pytest.raises(ValueError, match="qm9/over15 has no train split, only test; train on qm9/under14"):
        find_dataset("qm9/over15", public_sets).split("train")
    with pytest.raises(ValueError, match="O has no val split, only train and test; give a file of its own for val"):
        find_dataset("O").split("validation")


def test_datasets_of_other_packages(tmp_path, monkeypatch):
    (tmp_path / "made_up_neon.py").write_text(
        "import torch\nfrom torch_geometric.data import Data\nfrom torch_molfield.data import DatasetSource\n\n"
        "class Neon(DatasetSource):\n    usage = 'neon/COUNT'\n"
        "    def check_option(self):\n        int(self.option)\n"
        "    def load(self, split, num_samples):\n        first = {'train': 0, 'val': 100, 'test': 200}[split]\n"
        "        number = min(int(self.option), num_samples or 100)\n"
        "        return [Data(z=torch.tensor([10]), pos=torch.full((1, 3), float(first + k))) for k in range(number)]\n"
    )
    info = tmp_path / "made_up_neon-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: made-up-neon\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[torch_molfield.datasets]\nneon = made_up_neon:Neon\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    for name in ("neon/4", "made_up_neon:Neon/4"):
        source = find_dataset(name)
        check_dataset(source)
        assert [float(m.pos[0, 0]) for m in source.split("test")] == [200.0, 201.0, 202.0, 203.0]
    assert "neon/COUNT" in dataset_help()
    with pytest.raises(ValueError, match="made_up_neon:Argon' cannot be imported"):
        find_dataset("made_up_neon:Argon")
    sys.modules.pop("made_up_neon")


def test_what_is_no_dataset_is_a_file_or_a_smiles():
    for smiles in ("C/C=C/C", "c1cc:ccc1", "[CH3:1]O"):
        assert len(find_dataset(smiles).split("test")) == 1
    with pytest.raises(ValueError, match="is not a dataset, file or SMILES"):
        find_dataset("qm8/5").split("test")


def test_help_names_every_dataset():
    text = dataset_help()
    assert text.startswith("bundled (all shipped molecules), a bundled molecule, electron-densities or ")
    assert ", organic-conformers (with --root), " in text
    for name in DATASETS:
        assert name in text
    assert text.endswith(", or a molecule or trajectory file, a SMILES.")
