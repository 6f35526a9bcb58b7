"""Are QM9's polarizability tensors given in the axes of the positions? A few molecules, calculated again.

The file has them in Gaussian's standard orientation; :mod:`torch_molfield.data.standard_orientation` turns them, by a
guess at the signs of the axes. Here B3LYP/6-31G(2df,p) (spherical functions, density fitting) in finite fields says
what the tensor is in the axes of the positions. *wrong*: norm of the difference to it, Å^3, of the data set's tensor;
*best*: of the nearest of the 24 orientations, which leaves only what differs between the calculations; *as in the
file*: of the tensor as it is printed; *anisotropy*: norm of the traceless part.

    pip install pyscf
    python benchmarks/polarizability_axes.py --data ../shared/data --out runs/polarizability
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from once import once, write_result
from torch import Tensor

from torch_molfield.data import QM9, MolFieldData
from torch_molfield.data.datasets.qm9 import TENSOR
from torch_molfield.data.elements import BOHR3, symbols
from torch_molfield.data.standard_orientation import orientations

#: exponents of the d functions, and of the f function, of 6-31G(2df,p)
D, F = (1.6, 0.4), {"C": 0.8, "N": 1.0, "O": 1.4, "F": 1.85}
#: strength of the fields, atomic units
FIELD = 0.002
#: molecules of the file, which is sorted by size, that are looked through; Å, of the thinnest direction
SEARCHED, FLAT = 2000, 0.4
MEANS = ("wrong", "best", "as in the file", "anisotropy")


def basis(element: str) -> list:
    from pyscf import gto

    added = [[1, [1.1, 1.0]]] if element == "H" else [*([2, [d, 1.0]] for d in D), [3, [F[element], 1.0]]]
    return [*gto.basis.load("6-31g", element), *added]


def calculated(z: Tensor, pos: Tensor) -> Tensor:
    """``[3, 3]`` Å^3, from the dipoles in fields along and against each axis."""
    from pyscf import dft, gto

    names = symbols(z)
    mol = gto.M(atom=list(zip(names, pos.tolist(), strict=True)), basis={n: basis(n) for n in set(names)}, verbose=0)
    core, r, density = mol.intor("int1e_kin") + mol.intor("int1e_nuc"), mol.intor("int1e_r"), None
    scf = dft.RKS(mol, xc="b3lypg").density_fit()
    scf.grids.level = 2
    rows = []
    for axis in range(3):
        dipoles = []
        for sign in (1, -1):
            # a field's energy is −E·μ, and an electron's dipole −r
            field = core + sign * FIELD * r[axis]
            scf.get_hcore = lambda *_, field=field: field
            scf.kernel(dm0=density)
            density = scf.make_rdm1()
            dipoles.append(-np.einsum("xij,ji->x", r, density))
        rows.append((dipoles[0] - dipoles[1]) / (2 * FIELD))
    return torch.tensor(np.array(rows)) * BOHR3


def compared(molecule: MolFieldData, raw: Tensor, true: Tensor) -> dict[str, float | str]:
    given = molecule.polarizability[0].double()
    choices = orientations(raw[None], molecule.z[None], molecule.pos[None].double())[0]
    best = (choices - true).flatten(1).norm(dim=1).min()
    level = true.diagonal().mean() * torch.eye(3, dtype=true.dtype)
    return {
        "smiles": molecule.smiles,
        "wrong": float((given - true).norm()),
        "best": float(best),
        "as in the file": float((raw - true).norm()),
        "anisotropy": float((true - level).norm()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=6)
    parser.add_argument("--heavy", type=int, default=5, help="most atoms of a molecule that are not hydrogen")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    few = [int(m.gdb) for m in QM9(options.data, size=SEARCHED) if solid(m.z, m.pos, options.heavy)]
    gdb = np.random.default_rng(0).permutation(few)[: options.count].tolist()
    dataset = QM9(options.data, gdb=gdb)
    tensors = printed(options.data, gdb)
    found = {}
    for row, number in enumerate(gdb):
        molecule = dataset[row]
        true = once(options.out, f"gdb-{number}", lambda m=molecule: calculated(m.z, m.pos).tolist())
        found[number] = compared(molecule, tensors[row], torch.tensor(true, dtype=torch.float64))
        print(number, found[number], flush=True)
    sums = {key: float(np.mean([f[key] for f in found.values()])) for key in MEANS}
    right = sum(f["wrong"] < f["best"] + 0.01 for f in found.values())
    print(f"{right} of {len(found)} in the best orientation; means {sums}")
    write_result(options.out / "polarizability_axes.json", options, {"molecules": found, "means": sums, "right": right})


def solid(z: Tensor, pos: Tensor, heavy: int) -> bool:
    """Whether a molecule is small, and not flat: then the signs of all axes matter."""
    thickness = torch.linalg.svdvals(pos - pos.mean(0))[-1] / len(z) ** 0.5 if len(z) > 3 else 0.0
    return int((z > 1).sum()) <= heavy and float(thickness) > FLAT


def printed(data: Path, gdb: list[int]) -> Tensor:
    """The file's tensors ``[B, 3, 3]``, Å^3."""
    extra = np.load(data / "qm9_extra.npz")
    place = {int(number): row for row, number in enumerate(extra["index"])}
    rows = extra["polar_tensor"][[place[number] for number in gdb]][:, TENSOR]
    return torch.tensor(rows, dtype=torch.float64).view(-1, 3, 3) * BOHR3


if __name__ == "__main__":
    main()
