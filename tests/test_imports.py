"""What importing the package loads. Each test runs in a fresh interpreter."""

import json
import pkgutil
import subprocess
import sys

import pytest

import torch_molfield

#: heavy packages that only training, pictures or single functions need
HEAVY = ("lightning", "matplotlib", "trimesh", "rdkit", "skimage", "scipy.spatial", "networkx", "e3nn", "PIL")
LIGHT = [name for name in torch_molfield.SUBPACKAGES if name != "training"]
#: commands and shipped data are no part of the interface in Python
NO_SUBPACKAGE = {"cli"}


def fresh(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_light_subpackages_load_no_heavy_package():
    """One interpreter for all of them; the first subpackage that loads a heavy package is named."""
    code = f"""
import importlib, json, sys
loaded = {{}}
for name in {LIGHT!r}:
    importlib.import_module("torch_molfield." + name)
    for heavy in {HEAVY!r}:
        if heavy in sys.modules:
            loaded.setdefault(heavy, name)
print(json.dumps(loaded))
"""
    assert fresh(code) == {}


def test_help_and_info_import_no_torch():
    code = """
import contextlib, io, json, sys
from torch_molfield.cli import main
sys.modules["torch_molfield.cli.info"].DRIVERS = ()  # where there is a GPU, PyTorch is asked for its name
codes = []
for command in ("--help", "info"):
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            main.main([command])
        except SystemExit as ended:
            codes.append(ended.code)
print(json.dumps([codes, "torch" in sys.modules]))
"""
    assert fresh(code) == [[0, 0], False]


def test_subpackages_are_imported_when_used():
    """One interpreter, in which more is loaded from line to line."""
    code = """
import json, sys
import torch_molfield as tm
loaded = lambda *names: sorted(name for name in sys.modules if name.startswith(names))
found = {"package": loaded("torch.")}
import torch_molfield.calculators
found["calculators"] = loaded("torch_molfield.training", "torch_molfield.cli")
import torch_molfield.encode.latent_encoders
found["fits"] = loaded("lightning")
found["names"] = [tm.fields.GaussianField.__name__, tm.nn.MolFieldLayer.__name__]
print(json.dumps(found))
"""
    names = ["GaussianField", "MolFieldLayer"]
    assert fresh(code) == {"package": [], "calculators": [], "fits": [], "names": names}


def test_every_subpackage_is_listed():
    packages = {found.name for found in pkgutil.iter_modules(torch_molfield.__path__) if found.ispkg} - NO_SUBPACKAGE
    assert packages == set(torch_molfield.SUBPACKAGES)
    assert packages <= set(dir(torch_molfield))


def test_an_unknown_subpackage_is_an_attribute_error():
    with pytest.raises(AttributeError, match=r"has no attribute 'feilds'; it has calculators, data"):
        torch_molfield.feilds  # noqa: B018
