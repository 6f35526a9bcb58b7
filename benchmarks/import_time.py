"""Seconds to import PyTorch Geometric, and each subpackage alone, as JSON on standard output.

Each import is timed in a fresh interpreter; the median of several, taken in turn. ``over_torch_geometric`` is what a
subpackage takes more than ``import torch_geometric``; the aim is at most one second for all but ``training``.

    python benchmarks/import_time.py --repeats 5
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys

import torch_molfield

BASE = "torch_geometric"
TIMED = "import time; start = time.perf_counter(); import {}; print(time.perf_counter() - start)"


def seconds(module: str) -> float:
    done = subprocess.run([sys.executable, "-c", TIMED.format(module)], capture_output=True, text=True, check=True)
    return float(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    modules = [BASE, *(f"torch_molfield.{name}" for name in torch_molfield.SUBPACKAGES)]
    times = {module: [] for module in modules}
    for _ in range(repeats):
        for module in modules:
            times[module].append(seconds(module))
    median = {module: statistics.median(found) for module, found in times.items()}
    rows = {
        module: {"seconds": round(took, 2), "over_torch_geometric": round(took - median[BASE], 2)}
        for module, took in median.items()
    }
    print(json.dumps({"repeats": repeats, "imports": rows}, indent=2))


if __name__ == "__main__":
    main()
