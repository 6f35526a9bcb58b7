"""What ``molfield evaluate`` measures of a shipped model on held-out molecules, with the hash of its weights.

python benchmarks/shipped_model.py md-surfaces bundled --count 3 --out docs/results/learned_surfaces.json
python benchmarks/shipped_model.py qm9-properties qm9 --root ../shared/data --count 8000 --out runs/properties.json
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import torch
from once import write_json
from shipped import shipped_weights

MOLFIELD = (sys.executable, "-c", "from torch_molfield.cli.main import main; main()")


def evaluate(model: str, arguments: list[str]) -> dict[str, Any]:
    """The metrics.json of ``molfield evaluate``."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([*MOLFIELD, "evaluate", model, *arguments, "--out", folder], check=True)
        return json.loads((Path(folder) / "metrics.json").read_text(encoding="utf-8"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="shipped name")
    parser.add_argument("data", nargs="+", help="as of molfield evaluate")
    parser.add_argument("--root", type=Path)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    arguments = [*given.data, "--count", str(given.count)] + (["--root", str(given.root)] if given.root else [])
    command = " ".join(["molfield evaluate", given.model, *arguments])
    about = {"command": command, "torch": torch.__version__, **shipped_weights(given.model)}
    write_json(given.out, {**about, "result": evaluate(given.model, arguments)})


if __name__ == "__main__":
    main()
