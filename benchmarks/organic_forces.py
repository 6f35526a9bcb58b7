"""How far a force field for any organic molecule is from GFN2-xTB, which it learned, and from coupled cluster.

    OMP_NUM_THREADS=1 python benchmarks/organic_forces.py --data DIR --conformers DIR [--model NAME] [--out FILE]

Parts (``--part``, all by default), each a row or a table in FILE (docs/results/general.json by default):

- ``fidelity``: forces (mean absolute error of a component, meV/Å) and energies relative to the mean of the structures
  of the same molecule (kcal/mol), by kind of structure, on the test split of OrganicConformers (no Murcko scaffold of
  the training);
- ``minima``: test molecules optimized by the model from their GFN2 minima: median RMSD of the heavy atoms, Å;
- ``torsions``: TorsionNet500 against DLPNO-CCSD(T)/CBS and TorsionTest2000 against ωB97X-D3BJ (DIR/benchmarks): mean
  absolute error of profiles minus their means, and of barriers (highest minus lowest), kcal/mol; GFN2 likewise;
- ``conformers``: the neutral molecules of Folmsbee and Hutchison's set against DLPNO-CCSD(T): per molecule, energies
  minus their mean; median over the molecules, kcal/mol; GFN2's are those of the set;
- ``speed``: ms for energy and forces of one molecule of 21 to 3 341 atoms, and of each of a batch of 64, beside GFN2,
  interleaved, smallest of several.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from ase import Atoms
from once import continued, write_json
from shipped import shipped_weights

from torch_molfield.calculators import GFN2Calculator, MolFieldCalculator
from torch_molfield.calculators.optimization import optimize_geometry
from torch_molfield.data.datasets.organic_conformers import OrganicConformers
from torch_molfield.data.units import KCAL_PER_MOL
from torch_molfield.models import EnergyMolField

HARTREE = 27.211386245988 / KCAL_PER_MOL
#: molecules of the speed part, by the number of their atoms
SPEED = {
    "aspirin (21)": "CC(=O)Oc1ccccc1C(=O)O",
    "imatinib (68)": "Cc1ccc(cc1Nc2nccc(n2)c3cccnc3)NC(=O)c4ccc(cc4)CN5CCN(CC5)C",
}

Energies = Callable[[Sequence[Atoms]], np.ndarray]


def model_energies(model: str) -> Energies:
    """Energies of many geometries (kcal/mol) by the model, in batches."""
    calculator = MolFieldCalculator.from_pretrained(model)

    def energies(frames: Sequence[Atoms]) -> np.ndarray:
        return np.array([found["energy"] for found in calculator.calculate_batch(frames)]) / KCAL_PER_MOL

    return energies


def gfn2_energies(frames: Sequence[Atoms]) -> np.ndarray:
    """The same by GFN2-xTB."""
    calculator = GFN2Calculator()
    return np.array([calculator.get_property("energy", atoms) for atoms in frames]) / KCAL_PER_MOL


def fidelity(model: str, folder: Path) -> dict[str, dict[str, Any]]:
    """Errors by kind of structure."""
    network = EnergyMolField.from_pretrained(model)
    molecules = OrganicConformers(folder, split="test")
    forces: dict[str, list[np.ndarray]] = {}
    energies: dict[str, list[tuple[str, float]]] = {}
    for data in molecules:
        found = network.forces(data.z, data.pos, charge=data.charge.double())
        error = (found["forces"] - data.forces).abs().flatten().numpy()
        forces.setdefault(data.name, []).append(error)
        energies.setdefault(data.name, []).append((data.smiles, float(found["energy"] - data.energy) / KCAL_PER_MOL))
    return {
        kind: {
            "structures": len(errors),
            "force_mae_meV_per_A": 1000 * float(np.concatenate(errors).mean()),
            "relative_energy_mae_kcal": _within_molecules(energies[kind]),
        }
        for kind, errors in sorted(forces.items())
    }


def _within_molecules(errors: Sequence[tuple[str, float]]) -> float | None:
    """Mean absolute error of energies minus the mean of the same molecule; of molecules with several structures."""
    groups: dict[str, list[float]] = {}
    for smiles, error in errors:
        groups.setdefault(smiles, []).append(error)
    several = [np.abs(np.array(group) - np.mean(group)) for group in groups.values() if len(group) > 1]
    return float(np.concatenate(several).mean()) if several else None


def minima(model: str, folder: Path, count: int) -> dict[str, Any]:
    """RMSD of minima of the model to those of GFN2 from which it began."""
    molecules = OrganicConformers(folder, split="test", kinds=["minimum"], size=count)
    calculator = MolFieldCalculator.from_pretrained(model)
    distances, converged, lost = [], 0, 0
    for data in molecules:
        atoms = Atoms(data.z.numpy(), data.pos.double().numpy(), info={"charge": int(data.charge)})
        atoms.calc = calculator
        try:
            converged += optimize_geometry(atoms, fmax=0.02, steps=300).converged
        except ValueError:  # atoms on top of each other
            lost += 1
            distances.append(np.inf)
            continue
        heavy = data.z.numpy() > 1
        distances.append(_rmsd(atoms.positions[heavy], data.pos.double().numpy()[heavy]))
    quantiles = np.quantile(distances, [0.5, 0.9])
    return {
        "molecules": len(distances),
        "converged": converged,
        "collapsed": lost,
        "median_rmsd_A": float(quantiles[0]),
        "rmsd_90_percent_A": float(quantiles[1]),
    }


def _rmsd(one: np.ndarray, other: np.ndarray) -> float:
    from scipy.spatial.transform import Rotation

    one, other = one - one.mean(0), other - other.mean(0)
    return float(Rotation.align_vectors(one, other)[1] / np.sqrt(len(one)))


def torsions(path: Path, reference: str, methods: dict[str, Energies], count: int | None) -> dict[str, dict[str, Any]]:
    """Errors of the profiles of a set of scans, by method."""
    scans = _frames(path)[:count]
    rows = {}
    for name, energies in methods.items():
        errors, barriers, ions = [], [], []
        for scan in scans:
            found, exact = energies(scan["frames"]), HARTREE * scan[reference]
            error = np.abs((found - found.mean()) - (exact - exact.mean())).mean()
            errors.append(error)
            barriers.append(abs(np.ptp(found) - np.ptp(exact)))
            if scan["charge"]:
                ions.append(error)
        rows[name] = {
            "scans": len(scans),
            "profile_mae_kcal": float(np.mean(errors)),
            "barrier_mae_kcal": float(np.mean(barriers)),
            "profile_mae_ions_kcal": float(np.mean(ions)) if ions else None,
        }
    return rows


def _frames(path: Path) -> list[dict[str, Any]]:
    with np.load(path, allow_pickle=False) as archive:
        table = dict(archive)
    place = atom = frame = 0
    scans = []
    for k, (n, f) in enumerate(zip(table["n_atoms"], table["n_frames"], strict=True)):
        numbers = table["z"][atom : atom + n]
        positions = table["pos"][place : place + n * f].reshape(f, n, 3).astype(float)
        charge = int(table["charge"][k]) if "charge" in table else 0
        rows = {name: table[name][frame : frame + f] for name in table if len(table[name]) == table["n_frames"].sum()}
        frames = [Atoms(numbers, row, info={"charge": charge}) for row in positions]
        charged = bool(table["charged"][k]) if "charged" in table else charge != 0
        scans.append({"frames": frames, "charge": charge, "charged": charged, **rows})
        place, atom, frame = place + n * f, atom + n, frame + f
    return scans


def conformers(path: Path, model: str) -> dict[str, dict[str, Any]]:
    """Energies of conformers; the set gives larger values to more stable ones."""
    energies = model_energies(model)
    errors: dict[str, list[float]] = {model: [], "GFN2-xTB": []}
    for molecule in _frames(path):
        exact = -molecule["dlpno"]
        if molecule["charged"] or len(exact) < 3 or not np.isfinite(exact).all():
            continue
        for name, found in ((model, energies(molecule["frames"])), ("GFN2-xTB", -molecule["gfn2"])):
            errors[name].append(float(np.abs((found - found.mean()) - (exact - exact.mean())).mean()))
    return {
        name: {"molecules": len(e), "median_mae_kcal": float(np.median(e)), "mean_mae_kcal": float(np.mean(e))}
        for name, e in errors.items()
    }


def speed(model: str, data: Path, repeats: int = 7) -> dict[str, dict[str, float]]:
    """Milliseconds for energy and forces, interleaved with GFN2, the smallest of several."""
    from large_molecules import load

    from torch_molfield.data import from_smiles

    molecules = {}
    for name, smiles in SPEED.items():
        made = from_smiles(smiles)
        molecules[name] = Atoms(made.z.numpy(), made.pos.double().numpy())
    for count in (200, 1000, 3341):
        z, pos = load(data, count)
        molecules[f"first {count} atoms of adenylate kinase"] = Atoms(z.numpy(), pos.double().numpy())
    rows: dict[str, dict[str, float]] = {}
    for name, atoms in molecules.items():
        ours = MolFieldCalculator.from_pretrained(model)
        methods: dict[str, Any] = {model: lambda atoms=atoms, ours=ours: _forces(atoms, ours)}
        if len(atoms) < 100:
            methods[f"{model}, each of 64"] = lambda atoms=atoms, ours=ours: ours.calculate_batch([atoms] * 64)
            peer = GFN2Calculator()
            methods["GFN2-xTB"] = lambda atoms=atoms, peer=peer: _forces(atoms, peer)
        best = dict.fromkeys(methods, np.inf)
        for _ in range(repeats if len(atoms) < 100 else 2):
            for method, run in methods.items():
                start = time.perf_counter()
                run()
                best[method] = min(best[method], time.perf_counter() - start)
        each = {method: 64 if method.endswith("of 64") else 1 for method in best}
        rows[name] = {method: 1000 * seconds / each[method] for method, seconds in best.items()}
    return rows


def _forces(atoms: Atoms, calculator: Any) -> None:
    moved = atoms.copy()
    moved.positions += np.random.default_rng().normal(scale=1e-3, size=moved.positions.shape)
    calculator.get_property("forces", moved)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--conformers", type=Path, default=Path("datasets/organic_conformers"))
    parser.add_argument("--model", default="organic-forces")
    parser.add_argument("--part", nargs="+", default=["fidelity", "minima", "torsions", "conformers", "speed"])
    parser.add_argument("--scans", type=int, help="Of each torsion set, at most so many.")
    parser.add_argument("--minima", type=int, default=100)
    parser.add_argument("--out", type=Path, default=Path("docs/results/general.json"))
    options = parser.parse_args()
    torch.manual_seed(0)
    found = continued(options.out, shipped_weights(options.model))
    methods = {options.model: model_energies(options.model), "GFN2-xTB": gfn2_energies}
    sets = options.data / "benchmarks"
    parts: dict[str, Callable[[], Any]] = {
        "fidelity": lambda: fidelity(options.model, options.conformers),
        "minima": lambda: minima(options.model, options.conformers, options.minima),
        "torsions": lambda: {
            "TorsionNet500": torsions(sets / "torsionnet500_dev.npz", "energy_dlpno", methods, options.scans),
            "TorsionTest2000": torsions(sets / "torsiontest2000_dev.npz", "energy_dft", methods, options.scans),
        },
        "conformers": lambda: conformers(sets / "hutchison_dev.npz", options.model),
        "speed": lambda: speed(options.model, options.data),
    }
    for part in options.part:
        found[part] = parts[part]()
        print(part, json.dumps(found[part], indent=1), flush=True)
        write_json(options.out, found)


if __name__ == "__main__":
    main()
