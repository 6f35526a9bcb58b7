"""What users install: the wheel has all that the package needs, and works where there is no repository."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "torch_molfield"
#: bytes that a wheel may have
LARGEST = 60_000_000
SCRIPT = """
import torch_molfield
from torch_molfield.models import list_pretrained, load_model
assert torch_molfield.__file__.startswith({folder!r}), torch_molfield.__file__
load_model("qm9-generator")
assert set(list_pretrained()) == set({names!r})
from torch_molfield.cli.main import main
main(["predict", "CO", "--model", "qm9-properties"])
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    source = tmp_path_factory.mktemp("source")
    for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    shutil.copytree(PACKAGE, source / "torch_molfield", ignore=shutil.ignore_patterns("__pycache__"))
    out = tmp_path_factory.mktemp("wheel")
    ask = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    done = subprocess.run([*ask, "--wheel-dir", out, source], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return next(out.glob("*.whl"))


def test_every_file_of_the_package_is_in_it(wheel):
    assert wheel.stat().st_size < LARGEST
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    own = {p.relative_to(ROOT).as_posix() for p in PACKAGE.rglob("*") if p.is_file() and "__pycache__" not in p.parts}
    assert own <= packed, sorted(own - packed)[:5]
    others = {name for name in packed if not name.startswith(("torch_molfield/", "torch_molfield-"))}
    assert not others


def test_it_works_outside_of_the_repository(wheel, tmp_path):
    folder = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    names = sorted(path.parent.name for path in (PACKAGE / "weights").glob("*/config.json"))
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    script = SCRIPT.format(folder=str(folder), names=names)
    ask = [sys.executable, "-c", script]
    done = subprocess.run(ask, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[1].startswith("CO,0,CH4O,")
