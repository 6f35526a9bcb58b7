"""Compute the molecular dynamics that torch_molfield ships (``torch_molfield/data/bundled/NAME.npz``).

GFN2-xTB (tblite's ASE calculator), Langevin dynamics at 500 K, four replicas of 500 frames at 2 fs for each molecule,
each replica from another conformer where the molecule has several. A molecule whose file exists is skipped, so a
killed run goes on where it stopped::

    OMP_NUM_THREADS=1 python benchmarks/make_bundled_trajectories.py

About seven minutes on one core.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import platform
import zlib
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # tblite is a hundred times slower on two shared cores than on one

import numpy as np
from ase import Atoms, units
from ase.md.langevinbaoab import LangevinBAOAB
from ase.md.velocitydistribution import MaxwellBoltzmannDistribution, Stationary
from ase.optimize import BFGS
from rdkit import Chem
from rdkit.Chem import AllChem, rdMolAlign
from rich.progress import track
from tblite.ase import TBLite

MOLECULES = {
    "ethanol": "CCO",
    "malonaldehyde": "O=CCC=O",
    "water_dimer": "O.O",
    "glycine": "NCC(=O)O",
    "benzene": "c1ccccc1",
    "cyclohexane": "C1CCCCC1",
    "alanine_dipeptide": "CC(=O)N[C@@H](C)C(=O)NC",
    "biphenyl": "c1ccccc1-c1ccccc1",
    "aspirin": "CC(=O)Oc1ccccc1C(=O)O",
    "caffeine": "Cn1c(=O)c2c(ncn2C)n(C)c1=O",
}
SEED = 20240501
REPLICAS, FRAMES = 4, 500
TEMPERATURE_K, FRICTION_TIME_FS = 500.0, 100.0
FRAME_FS, STEP_FS = 2.0, 0.5
EQUILIBRATION_FS, EQUILIBRATION_STEP_FS, EQUILIBRATION_FRICTION_TIME_FS = 500.0, 1.0, 25.0
EMBEDDINGS, WINDOW_EV, PRUNE_RMSD = 100, 0.6, 0.25
#: A recorded frame is rejected (and its replica restarted with the next seed) beyond these.
MAX_BOND_STRETCH, MAX_CONTACT = 1.35, 4.0
MAX_ATTEMPTS = 40
#: Arrays are rounded to multiples of these (7.6e-6 Å, 6.1e-5 eV/Å, e, e Å): trailing zero bits compress well. Positions
#: are finer because forces change by some 50 eV/Å per Å.
POSITION_RESOLUTION, RESOLUTION = 2.0**-17, 2.0**-14


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = Path(__file__).resolve().parent.parent / "torch_molfield" / "data" / "bundled"
    parser.add_argument("--output", type=Path, default=default, help="folder of the npz files")
    parser.add_argument("--only", nargs="*", choices=sorted(MOLECULES), default=list(MOLECULES))
    args = parser.parse_args()
    args.output.mkdir(parents=True, exist_ok=True)
    for name in args.only:
        target = args.output / f"{name}.npz"
        if not target.exists():
            write_npz(target, simulate_molecule(name))
    write_readme(args.output)


def simulate_molecule(name: str) -> dict[str, np.ndarray]:
    """All replicas of one molecule, stacked to ``[R, T, ...]``."""
    mol = Chem.AddHs(Chem.MolFromSmiles(MOLECULES[name]))
    numbers = np.array([atom.GetAtomicNum() for atom in mol.GetAtoms()])
    bonds = np.array([(b.GetBeginAtomIdx(), b.GetEndAtomIdx()) for b in mol.GetBonds()])
    starts = dimer_starts(numbers) if "." in MOLECULES[name] else conformers(mol, numbers, zlib.crc32(name.encode()))
    order = start_order(len(starts))
    replicas, attempts = [], []
    for replica in track(range(REPLICAS), f"{name} ({len(starts)} starts)"):
        record, attempt = simulate_replica(name, numbers, starts[order[replica]], bonds, replica)
        replicas.append(record)
        attempts.append(attempt)
    out = {key: np.stack([record[key] for record in replicas]) for key in replicas[0]}
    out["z"] = numbers.astype(np.int64)
    out["bonds"] = bonds.astype(np.int64)
    out["time_fs"] = np.arange(FRAMES) * FRAME_FS
    out["start"] = np.array(order)
    out["attempt"] = np.array(attempts)
    out["seed"] = np.array(SEED)
    out["smiles"] = np.array(MOLECULES[name])
    out["method"] = np.array("GFN2-xTB, BAOAB Langevin dynamics, 500 K")
    return out


def start_order(count: int) -> list[int]:
    """The start of each replica: the last one is held out, so no other shares its start if there are two."""
    return [replica % max(count - 1, 1) for replica in range(REPLICAS - 1)] + [count - 1]


def conformers(mol: Chem.Mol, numbers: np.ndarray, key: int) -> list[np.ndarray]:
    """Distinct xTB minima, lowest first: ETKDG + MMFF, relaxed with xTB, pruned by RMSD without the C-H hydrogens."""
    ids = list(AllChem.EmbedMultipleConfs(mol, EMBEDDINGS, randomSeed=(SEED + key) % 2**31))
    AllChem.MMFFOptimizeMoleculeConfs(mol, maxIters=1000)
    relaxed = [relax(numbers, mol.GetConformer(i).GetPositions()) for i in ids]
    for i, (_, positions) in zip(ids, relaxed, strict=True):
        mol.GetConformer(i).SetPositions(positions)
    skeleton = drop_ch(mol)
    energies = np.array([energy for energy, _ in relaxed])
    kept: list[int] = []
    for k in np.argsort(energies, kind="stable"):
        if energies[k] > energies.min() + WINDOW_EV:
            break
        # the alignment moves the conformer of the probe, so each comparison gets its own copy
        if all(rdMolAlign.GetBestRMS(Chem.Mol(skeleton), skeleton, ids[k], ids[j]) > PRUNE_RMSD for j in kept):
            kept.append(int(k))
    return [relaxed[k][1] for k in kept[:REPLICAS]]


def drop_ch(mol: Chem.Mol) -> Chem.Mol:
    edit = Chem.RWMol(mol)
    hydrogens = [a for a in mol.GetAtoms() if a.GetAtomicNum() == 1 and a.GetNeighbors()[0].GetAtomicNum() == 6]
    for index in sorted((a.GetIdx() for a in hydrogens), reverse=True):
        edit.RemoveAtom(index)
    return edit.GetMol()


def dimer_starts(numbers: np.ndarray) -> list[np.ndarray]:
    """Two water molecules 2.9 Å apart in random relative orientations, relaxed with xTB."""
    water = np.array([[0.0, 0.0, 0.0], [0.757, 0.586, 0.0], [-0.757, 0.586, 0.0]])
    rng = np.random.default_rng([SEED, 2])
    starts = []
    for _ in range(REPLICAS):
        rotations = [np.linalg.qr(rng.normal(size=(3, 3)))[0] for _ in range(2)]
        one, two = (water @ (r * np.sign(np.linalg.det(r))) for r in rotations)
        two = two + [2.9, 0.0, 0.0]
        order = np.stack([one[0], two[0], one[1], one[2], two[1], two[2]])  # O O H H H H, as RDKit's AddHs
        starts.append(relax(numbers, order)[1])
    return starts


def relax(numbers: np.ndarray, positions: np.ndarray) -> tuple[float, np.ndarray]:
    atoms = Atoms(numbers, positions, calculator=calculator())
    BFGS(atoms, logfile=None).run(fmax=0.02, steps=300)
    return atoms.get_potential_energy(), atoms.get_positions()


def calculator() -> TBLite:
    return TBLite(method="GFN2-xTB", verbosity=0)


def simulate_replica(
    name: str, numbers: np.ndarray, start: np.ndarray, bonds: np.ndarray, replica: int
) -> tuple[dict[str, np.ndarray], int]:
    """The first attempt whose molecules stay whole and together, and its number."""
    for attempt in range(MAX_ATTEMPTS):
        rng = np.random.default_rng([SEED, zlib.crc32(name.encode()), replica, attempt])
        record = run_dynamics(numbers, start, bonds, rng)
        if record is not None:
            return record, attempt
    raise RuntimeError(f"{name}, replica {replica}: {MAX_ATTEMPTS} attempts broke a bond or evaporated.")


def run_dynamics(
    numbers: np.ndarray, start: np.ndarray, bonds: np.ndarray, rng: np.random.Generator
) -> dict[str, np.ndarray] | None:
    atoms = Atoms(numbers, start, calculator=calculator())
    MaxwellBoltzmannDistribution(atoms, temperature_K=TEMPERATURE_K, rng=rng)
    Stationary(atoms)
    langevin(atoms, EQUILIBRATION_STEP_FS, EQUILIBRATION_FRICTION_TIME_FS, rng).run(
        round(EQUILIBRATION_FS / EQUILIBRATION_STEP_FS)
    )
    dynamics = langevin(atoms, STEP_FS, FRICTION_TIME_FS, rng)
    reference = lengths(start, bonds)
    frames = []
    for frame in range(FRAMES):
        if frame:
            dynamics.run(round(FRAME_FS / STEP_FS))
        if not is_whole(atoms.get_positions(), numbers, bonds, reference):
            return None
        frames.append(snapshot(atoms))
    return {key: np.stack([f[key] for f in frames]) for key in frames[0]}


def langevin(atoms: Atoms, step_fs: float, friction_time_fs: float, rng: np.random.Generator) -> LangevinBAOAB:
    return LangevinBAOAB(
        atoms, step_fs * units.fs, temperature_K=TEMPERATURE_K, T_tau=friction_time_fs * units.fs, rng=rng
    )


def lengths(positions: np.ndarray, bonds: np.ndarray) -> np.ndarray:
    return np.linalg.norm(positions[..., bonds[:, 0], :] - positions[..., bonds[:, 1], :], axis=-1)


def is_whole(positions: np.ndarray, numbers: np.ndarray, bonds: np.ndarray, reference: np.ndarray) -> bool:
    """No bond stretched by more than 35 %, and no heavy atom farther than 4 Å from its nearest heavy atom."""
    heavy = positions[numbers > 1]
    distance = np.linalg.norm(heavy[:, None] - heavy[None], axis=-1) + 1e3 * np.eye(len(heavy))
    stretched = lengths(positions, bonds) > MAX_BOND_STRETCH * reference
    return not stretched.any() and distance.min(axis=1).max() < MAX_CONTACT


def snapshot(atoms: Atoms) -> dict[str, np.ndarray]:
    masses = atoms.get_masses()
    velocities = atoms.get_velocities() - atoms.get_momenta().sum(0) / masses.sum()
    kinetic = 0.5 * (masses[:, None] * velocities**2).sum()
    return {
        "pos": rounded(atoms.get_positions() - atoms.get_center_of_mass(), POSITION_RESOLUTION),
        "energy": np.float64(atoms.get_potential_energy()),
        "forces": rounded(atoms.get_forces()),
        "charges": rounded(atoms.get_charges()),
        "dipole": rounded(atoms.get_dipole_moment()),  # e Å, whatever tblite's docstring says
        "temperature_K": np.float32(2.0 * kinetic / ((3 * len(atoms) - 3) * units.kB)),
    }


def rounded(values: np.ndarray, resolution: float = RESOLUTION) -> np.ndarray:
    return (np.round(np.asarray(values) / resolution) * resolution).astype(np.float32)


def write_npz(target: Path, arrays: dict[str, np.ndarray]) -> None:
    part = target.with_suffix(".part.npz")
    np.savez_compressed(part, allow_pickle=False, **arrays)
    part.replace(target)


def write_readme(folder: Path) -> None:
    rows = [summary(name, folder / f"{name}.npz") for name in MOLECULES if (folder / f"{name}.npz").exists()]
    versions = ", ".join(f"{p} {importlib.metadata.version(p)}" for p in ("tblite", "ase", "rdkit", "numpy"))
    template = Path(__file__).with_name("bundled_readme_template.md").read_text(encoding="utf-8")
    text = template.format(rows="\n".join(rows), versions=versions, python=platform.python_version(), **globals())
    part = folder / "README.md.part"
    part.write_text(text, encoding="utf-8")
    part.replace(folder / "README.md")


def summary(name: str, path: Path) -> str:
    with np.load(path, allow_pickle=False) as archive:
        d = dict(archive)
    stretch = lengths(d["pos"], d["bonds"])
    ratio = stretch / stretch.mean(axis=(0, 1))
    step = np.linalg.norm(np.diff(d["pos"], axis=1), axis=-1).max()
    temperature = "/".join(f"{t:.0f}" for t in d["temperature_K"].mean(axis=1))
    starts = " ".join(str(s) for s in d["start"])
    tries = " ".join(str(a + 1) for a in d["attempt"])
    return (
        f"| {name} | `{d['smiles']}` | {len(d['z'])} | {starts} | {tries} | {temperature} | "
        f"{ratio.min():.2f}–{ratio.max():.2f} | {step:.3f} | {path.stat().st_size / 1e6:.2f} |"
    )


if __name__ == "__main__":
    main()
