import sys

import numpy as np
import pyarrow.parquet
import pytest
import torch
from PIL import Image

from torch_molfield.models import FittedSurface, GridNeuralField, PropertyMolField
from torch_molfield.training import FieldRecipe


@pytest.fixture
def library(tmp_path):
    path = tmp_path / "library.smi"
    path.write_text("CCO ethanol\nO water\nFF fluorine\n")
    return path


def test_encodes_and_goes_on(molfield, library, tmp_path):
    command = ("encode", library, "--model", "md-surfaces", "--out", tmp_path / "out", "--shard-size", 2)
    outcome = molfield(*command)
    assert outcome.code == 2, outcome.err
    assert "encoded 2 molecules, 1 failed" in outcome.out
    with np.load(tmp_path / "out" / "shard-00000.npz") as shard:
        assert shard["name"].tolist() == ["ethanol", "water"]
        assert shard["pooled"].shape[0] == 2
        assert "tokens" not in shard
    assert molfield(*command).out == outcome.out


def test_jobs_of_an_array(molfield, refused, library, tmp_path):
    command = ("encode", library, "--model", "md-surfaces", "--out", tmp_path / "out", "--shard-size", 1, "--part")
    assert "encoded 1 molecule, 0 failed" in molfield(*command, "2/3").out
    assert "none of 1 molecule" in molfield(*command, "3/3").err
    assert "part 9/9 is empty" in molfield(*command, "9/9").out
    assert "from 1/64 to 64/64" in refused(*command, "4/3")
    assert "use it without --part" in refused(*command, "1/3", "--color-by", "MolLogP")
    assert "encoded 2 molecules, 1 failed" in molfield(*command[:-1]).out


def test_encodes_with_a_model_of_properties(molfield, library, tmp_path):
    PropertyMolField([{"name": "gap"}]).save_pretrained(tmp_path / "model")
    outcome = molfield("encode", library, "--model", tmp_path / "model", "--tokens", "--out", tmp_path / "out")
    assert outcome.code == 0, outcome.err
    with np.load(tmp_path / "out" / "shard-00000.npz") as shard:
        assert shard["tokens"].ndim == 3


def test_a_model_that_was_trained_again_is_another(molfield, refused, library, tmp_path):
    command = ("encode", library, "--model", tmp_path / "model", "--out", tmp_path / "out")
    for seed in (0, 1):
        torch.manual_seed(seed)
        PropertyMolField([{"name": "gap"}]).save_pretrained(tmp_path / "model")
        if not seed:
            assert molfield(*command).code in (0, 2)
    assert "begun with another weights" in refused(*command)


def test_parquet(molfield, library, tmp_path, monkeypatch):
    command = ("encode", library, "--model", "md-surfaces", "--format", "parquet", "--out")
    outcome = molfield(*command, tmp_path / "out")
    assert outcome.code == 2, outcome.err
    assert "encoded 2 molecules, 1 failed" in outcome.out
    table = pyarrow.parquet.read_table(tmp_path / "out" / "shard-00000.parquet")
    assert table["name"].to_pylist() == ["ethanol", "water"] and table["smiles"].to_pylist() == ["CCO", "O"]
    assert pyarrow.types.is_fixed_size_list(table.schema.field("pooled").type)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    assert "pip install 'torch_molfield[parquet]'" in molfield(*command, tmp_path / "other").err


def test_bad_input(refused, library, tmp_path):
    out = ("--out", tmp_path / "out")
    assert "There is no file" in refused("encode", tmp_path / "none.smi", "--model", "md-surfaces", *out)
    assert "neither a directory" in refused("encode", library, "--model", "none", *out)
    library.write_text("")
    assert "empty" in refused("encode", library, "--model", "md-surfaces", *out)


def test_codes_of_neural_fields_on_a_map(molfield, refused, library, tmp_path):
    library.write_text("CCO ethanol\nO water\nCC(=O)O acid\nC methane\nFF fluorine\n")
    torch.manual_seed(0)
    network = {"latent": 6, "hidden": 8, "depth": 2}
    model = GridNeuralField(channels=("H", "C", "O"), half_width=5.0, network=network, grid=8)
    folder = model.save_pretrained(tmp_path / "model")
    command = ("encode", library, "--model", folder, "--out", tmp_path / "out")
    assert "field.json is missing" in refused(*command)
    FieldRecipe(channels=("H", "C", "O")).save(folder)
    assert "has no tokens" in refused(*command, "--tokens")
    assert "no molecule of" in refused(*command, "--color-by", "colour")
    outcome = molfield(*command, "--color-by", "MolLogP")
    assert outcome.code == 2, outcome.err
    assert "encoded 4 molecules, 1 failed" in outcome.out
    with np.load(tmp_path / "out" / "shard-00000.npz") as shard:
        assert shard["latent"].shape == (4, 6) and "none for F" in shard["problem"][0]
    with Image.open(tmp_path / "out" / "map.png") as picture:
        assert picture.size[0] > 300
    FittedSurface(hidden=4, depth=1).save_pretrained(tmp_path / "surface")
    message = refused("encode", library, "--model", tmp_path / "surface", "--out", tmp_path / "no")
    assert message.endswith("is a FittedSurface, which is for the command info, not encode.\n")
    assert "has no tokens" in refused("encode", library, "--model", "qdf", "--tokens", "--out", tmp_path / "no")


def test_features_of_models_of_energies(molfield, library, tmp_path):
    """The energy is linear in them, the references of the elements aside."""
    library.write_text("CCO ethanol\nO water\nC methane\n")
    for name, width in (("md-forces", 64), ("qdf-quadrature", 48)):
        outcome = molfield("encode", library, "--model", name, "--out", tmp_path / name)
        assert outcome.code == 0, outcome.err
        with np.load(tmp_path / name / "shard-00000.npz") as shard:
            assert shard["pooled"].shape == (3, width) and np.isfinite(shard["pooled"]).all()
            assert len(np.unique(shard["pooled"].round(4), axis=0)) == 3


def test_a_missing_extra_is_one_line(molfield, library, tmp_path, monkeypatch):
    library.write_text("C\nO\nCC\n")
    monkeypatch.setitem(sys.modules, "sklearn.decomposition", None)
    command = ("encode", library, "--model", "md-surfaces", "--out", tmp_path / "out", "--color-by", "MolLogP")
    outcome = molfield(*command)
    assert outcome.code == 1
    assert outcome.err == "molfield: maps of vectors need scikit-learn; pip install 'torch_molfield[maps]'.\n"


def test_what_it_takes(refused):
    assert "molfield encode takes a .xyz" in refused("encode", "CCO")


def test_no_molecule_is_encoded(molfield, tmp_path):
    (tmp_path / "bad.smi").write_text("C(C\n[Xe]\n")
    outcome = molfield("encode", tmp_path / "bad.smi", "--model", "qm9-density", "--out", tmp_path / "out")
    assert outcome.code == 1 and "none of 2 molecules" in outcome.err
    assert outcome.err.count("1 molecule failed: ") == 2


def test_a_map_of_too_few_molecules_is_refused_before_the_work(refused, tmp_path):
    (tmp_path / "two.smi").write_text("C\nO\n")
    common = ("--model", "qm9-density", "--out", tmp_path / "out", "--color-by", "MolLogP")
    assert "at least three molecules" in refused("encode", tmp_path / "two.smi", *common)
    assert not (tmp_path / "out").exists()
