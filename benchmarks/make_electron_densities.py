r"""Electron densities of small organic molecules at the level PBE0/def2-SVP, as coefficients and as values at points.

    python benchmarks/make_electron_densities.py recap.smi datasets/electron_density/small --part 1 --parts 4 \
        --max-heavy 8 --max-minutes 150 --exclude exclude_inchikey14.txt

Every molecule: an ETKDG conformer, relaxed with GFN2-xTB until its forces are below 0.2 eV/Å (tblite), every second
one then displaced by N(0, 0.05 Å); restricted Kohn-Sham PBE0/def2-SVP with density fitting (PySCF, grid level 0, 1e-5
hartree: against level 1 the density moves by 0.07 % and the potential by 0.04 kcal/mol/e; total energies are not
accurate to better than some mhartree, do not train on them); the difference between its density and the sum of
spherical free atoms, fitted in the Coulomb metric to def2-svp-jkfit with the charge as a constraint and a
slight ridge, see :func:`fit`. I has the ECP of def2 (25 electrons). Molecules are drawn in a random order that favours
rare elements and anions.

A shard is an npz, written atomically: charge [M], n_atoms [M], n_aux [M], z, pos (Å), coefficients (float32; PySCF's
order of real spherical functions, normalised as PySCF does: atoms, shells by angular momentum, m; p = x, y, z),
energy, homo, lumo (hartree), dipole (e bohr), quadrupole (e bohr², traceless, Buckingham's 3/2), both about the
centre of the nuclear charges, nmae (error of the fit, ∫|ρ_fit − ρ| / N), ridge, mulliken, smiles, displaced, seed,
sample_rho [M, 512]: the exact density (e/bohr³, all electrons of the calculation) at sample_points(z, pos, seed), for
models that are not fits in this basis. free_atoms.npz: r (bohr) and, per element, the radial density rho_Z (e/bohr³)
and density matrix dm_Z of the free atom. Needs ``pip install "torch_molfield[dft]"``. One thread; a run that is
started again continues behind its last shard.
"""

import argparse
import os
import time
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"  # before numpy is imported
import numpy as np
import scipy.linalg
from pyscf import data, df, dft, gto, lib
from pyscf.scf import atom_hf
from rdkit import Chem, RDLogger
from rdkit.Chem import AllChem

BOHR = 0.52917721092
BASIS, AUX, XC = "def2-svp", "def2-svp-jkfit", "pbe0"
#: share of the Coulomb energies of the atoms' own functions that is added to that of the error
RIDGE = 3e-5
KEYS = (
    *("charge", "n_atoms", "n_aux", "z", "pos", "coefficients", "energy", "homo", "lumo", "dipole", "quadrupole"),
    *("nmae", "ridge", "mulliken", "smiles", "displaced", "seed", "sample_rho"),
)
RDLogger.DisableLog("rdApp.*")
lib.num_threads(1)


def molecule(z, pos, charge=0):
    symbols = [data.elements.ELEMENTS[k] for k in z]
    ecp = {"I": "def2-svp"} if 53 in z else None
    return gto.M(
        atom=list(zip(symbols, pos, strict=True)), basis=BASIS, ecp=ecp, charge=int(charge), verbose=0, max_memory=4000
    )


def free_atoms(elements):
    """Spherical densities of free atoms on a radial grid: fractional occupation, Hartree-Fock, basis of molecules."""
    r = np.concatenate([[0.0], np.geomspace(1e-4, 25.0, 1999)])
    table = {"r": r}
    for z in elements:
        symbol = data.elements.ELEMENTS[z]
        mol = gto.M(
            atom=[(symbol, (0, 0, 0))], basis=BASIS, ecp={"I": "def2-svp"} if z == 53 else None, spin=None, verbose=0
        )
        _, _, coefficients, occupation = atom_hf.get_atm_nrhf(mol)[symbol]
        dm = (coefficients * occupation) @ coefficients.T
        value = np.zeros_like(r)
        directions = [(1, 0, 0), (0, 1, 0), (0, 0, 1), (-1, 0, 0), (0, -1, 0), (0, 0, -1)]
        for u in directions:  # the density matrix is spherical
            ao = mol.eval_gto("GTOval_sph", r[:, None] * np.array(u, dtype=float))
            value += np.einsum("pi,ij,pj->p", ao, dm, ao) / len(directions)
        table[f"rho_{z}"] = value
        table[f"dm_{z}"] = dm
    return table


def free_sum(mol, table):
    """Block-diagonal density matrix of the free atoms in the molecule's own basis."""
    dm = np.zeros((mol.nao, mol.nao))
    for atom, (_, _, a, b) in enumerate(mol.aoslice_by_atom()):
        dm[a:b, a:b] = table[f"dm_{gto.charge(mol.atom_pure_symbol(atom))}"]
    return dm


def fit(mol, dm, electrons):
    """Coefficients of Σ c χ for the density of ``dm``, ∫ = ``electrons``.

    They minimise the Coulomb energy of the error and ``RIDGE`` times that of each atom's own functions. Without the
    ridge nine tenths of the coefficients' size, in this measure, cancels between atoms and is no density; no network
    can learn that. With it the error of the density is the same within 2 %.
    """
    aux = df.make_auxmol(mol, AUX)
    target = np.einsum("ijp,ij->p", df.incore.aux_e2(mol, aux, "int3c2e"), dm, optimize=True)
    return aux, solve(aux, aux.intor("int2c2e"), target, electrons)


def solve(aux, coulomb, target, electrons):
    """The coefficients of :func:`fit` from their Coulomb matrix and the potential of the density in the basis."""
    ridge = np.zeros_like(coulomb)
    for _, _, a, b in aux.aoslice_by_atom():
        ridge[a:b, a:b] = RIDGE * coulomb[a:b, a:b]
    metric = scipy.linalg.cho_factor(coulomb + ridge)
    integral = np.zeros(aux.nao)
    where = aux.ao_loc_nr()
    for shell in range(aux.nbas):
        if aux.bas_angular(shell) == 0:
            exponent, contraction = aux.bas_exp(shell), aux._libcint_ctr_coeff(shell)
            integral[where[shell] : where[shell + 1]] = (contraction * (np.pi / exponent[:, None]) ** 1.5).sum(
                0
            ) * 0.28209479177387814
    c, y = scipy.linalg.cho_solve(metric, target), scipy.linalg.cho_solve(metric, integral)
    return c + y * (electrons - integral @ c) / (integral @ y)


def geometry(smiles, seed, displaced):
    mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
    settings = AllChem.ETKDGv3()
    settings.randomSeed = seed
    if AllChem.EmbedMolecule(mol, settings) != 0:
        raise ValueError("no conformer")
    z = np.array([a.GetAtomicNum() for a in mol.GetAtoms()])
    charge = Chem.GetFormalCharge(mol)
    if sum(a.GetNumRadicalElectrons() for a in mol.GetAtoms()) or (z.sum() - charge) % 2:
        raise ValueError("open shell")
    from ase import Atoms
    from ase.optimize import FIRE
    from tblite.ase import TBLite

    atoms = Atoms(z, mol.GetConformer().GetPositions())
    atoms.calc = TBLite(method="GFN2-xTB", charge=charge, verbosity=0)
    FIRE(atoms, logfile=None).run(fmax=0.2, steps=60)
    pos = atoms.get_positions() - atoms.get_positions().mean(0)
    if displaced:
        pos = pos + np.random.default_rng(seed).normal(0, 0.05, pos.shape)
    return z, pos, charge


def sample_points(z, pos, seed, count=512):
    """Half at a random atom + N(0, 0.7 Å), half uniform in the box of the atoms + 2 Å; Å, [count, 3]."""
    rng = np.random.default_rng([7, int(seed)])
    near = pos[rng.integers(len(z), size=count // 2)] + rng.normal(0, 0.7, (count // 2, 3))
    low, high = pos.min(0) - 2, pos.max(0) + 2
    return np.concatenate([near, rng.uniform(low, high, (count - count // 2, 3))])


def record(smiles, seed, table):
    displaced = bool(seed % 2)
    z, pos, charge = geometry(smiles, seed, displaced)
    pos = pos.astype(np.float32).astype(float)
    mol = molecule(z, pos, charge)
    mf = dft.RKS(mol, xc=XC).density_fit()
    mf.grids.level, mf.conv_tol = 0, 1e-5
    energy = mf.kernel()
    if not mf.converged:
        raise ValueError("not converged")
    dm = mf.make_rdm1()
    difference = dm - free_sum(mol, table)
    neutral = sum(mol.atom_charges())
    aux, c = fit(mol, difference, mol.nelectron - neutral)
    ao = mol.eval_gto("GTOval_sph", mf.grids.coords)
    exact = np.einsum("pi,pi->p", ao @ difference, ao)
    fitted = aux.eval_gto("GTOval_sph", mf.grids.coords) @ c
    nmae = (np.abs(mf.grids.weights) * np.abs(fitted - exact)).sum() / mol.nelectron
    at_points = mol.eval_gto("GTOval_sph", sample_points(z, pos, seed) / BOHR)
    sample_rho = np.einsum("pi,pi->p", at_points @ dm, at_points).astype(np.float32)
    charges, centres = mol.atom_charges(), mol.atom_coords()
    origin = charges @ centres / charges.sum()
    with mol.with_common_origin(origin):
        first = np.einsum("xij,ji->x", mol.intor("int1e_r"), dm)
        second = np.einsum("xij,ji->x", mol.intor("int1e_rr"), dm).reshape(3, 3)
    x = centres - origin
    dipole = charges @ x - first
    moment = np.einsum("a,ai,aj->ij", charges, x, x) - second
    quadrupole = 1.5 * moment - 0.5 * np.trace(moment) * np.eye(3)
    occupied = int((mf.mo_occ > 0).sum())
    return {
        "charge": charge,
        "n_atoms": len(z),
        "n_aux": aux.nao,
        "z": z.astype(np.int8),
        "pos": pos.astype(np.float32),
        "coefficients": c.astype(np.float32),
        "energy": energy,
        "homo": mf.mo_energy[occupied - 1],
        "lumo": mf.mo_energy[occupied],
        "dipole": dipole,
        "quadrupole": quadrupole,
        "nmae": nmae,
        "ridge": RIDGE,
        "mulliken": mf.mulliken_pop(verbose=0)[1].astype(np.float32),
        "smiles": smiles,
        "displaced": displaced,
        "seed": seed,
        "sample_rho": sample_rho,
    }


def write(path, records):
    joined = {}
    for key in KEYS:
        values = [r[key] for r in records]
        joined[key] = np.concatenate(values) if key in ("z", "pos", "coefficients", "mulliken") else np.array(values)
    part = path.with_suffix(".part.npz")
    np.savez_compressed(part, **joined)
    part.rename(path)


def favoured(lines, seed):
    """A random order; molecules of B, Si, P, I count four times, anions three times, halogens and S twice."""
    rng, weight = np.random.default_rng(seed), np.ones(len(lines))
    for k, smiles in enumerate(lines):
        weight[k] *= 4 if any(x in smiles for x in ("B]", "[Si", "P", "I", "B(", "OB")) else 1
        weight[k] *= 2 if any(x in smiles for x in ("S", "s", "F", "Cl", "Br")) else 1
        weight[k] *= 3 if "-]" in smiles else 0.5 if "+" in smiles else 1
    return np.argsort(rng.exponential(size=len(lines)) / weight)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("smiles", help="File of SMILES, one per line.")
    parser.add_argument("out", help="Folder of the shards.")
    parser.add_argument("--part", type=int, default=0)
    parser.add_argument("--parts", type=int, default=1)
    parser.add_argument("--max-heavy", type=int, default=9)
    parser.add_argument("--min-heavy", type=int, default=1)
    parser.add_argument("--max-minutes", type=float, default=120.0)
    parser.add_argument("--shard", type=int, default=50, help="Molecules per shard.")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--exclude", help="file of first InChIKey blocks that are never computed")
    given = parser.parse_args()
    excluded = set(Path(given.exclude).read_text().split()) if given.exclude else set()
    out = Path(given.out)
    out.mkdir(parents=True, exist_ok=True)
    elements = (1, 5, 6, 7, 8, 9, 14, 15, 16, 17, 35, 53)
    atoms = out / "free_atoms.npz"
    if not atoms.exists():
        np.savez_compressed(out / f".{given.part}.npz", **free_atoms(elements))
        (out / f".{given.part}.npz").rename(atoms)
    table = dict(np.load(atoms))
    lines = sorted({line.split()[0] for line in Path(given.smiles).read_text().splitlines() if line.strip()})
    order = favoured(lines, given.seed)
    mine = [int(k) for k in order[given.part :: given.parts]]
    done = sorted(out.glob(f"shard_{given.part}of{given.parts}_*.npz"))
    place = int(done[-1].stem.split("_")[-1]) + 1 if done else given.first
    end, records, failed = time.monotonic() + 60 * given.max_minutes, [], 0
    while place < len(mine) and time.monotonic() < end:
        smiles = lines[mine[place]]
        mol = Chem.MolFromSmiles(smiles)
        heavy = mol.GetNumHeavyAtoms() if mol is not None else 0
        usable = given.min_heavy <= heavy <= given.max_heavy and "." not in smiles
        usable = usable and Chem.MolToInchiKey(mol)[:14] not in excluded
        if usable and {a.GetAtomicNum() for a in mol.GetAtoms()} <= set(elements):
            try:
                records.append(record(smiles, mine[place], table))
            except Exception as error:  # a molecule that cannot be computed is left out, and said so
                failed += 1
                print(f"left out {smiles}: {error}", flush=True)
        if len(records) == given.shard:
            write(out / f"shard_{given.part}of{given.parts}_{place:06d}.npz", records)
            print(
                f"{place + 1} of {len(mine)} seen, {failed} left out, "
                f"mean fit error {np.mean([r['nmae'] for r in records]):.4f}",
                flush=True,
            )
            records = []
        place += 1
    if records:
        write(out / f"shard_{given.part}of{given.parts}_{place - 1:06d}.npz", records)


if __name__ == "__main__":
    main()
