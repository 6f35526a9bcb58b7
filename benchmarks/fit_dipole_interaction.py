"""Parameters of Thole's interacting dipoles that give QM9's polarizability tensors best, whatever their orientation.

Mean over 800 molecules of the norm of the difference (Å^3) between the tensor of the model and the nearest of the 24
orientations of the tensor of the file. The numbers that it prints are those of
:mod:`torch_molfield.data.standard_orientation`.

    python benchmarks/fit_dipole_interaction.py --data ../shared/data
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from polarizability_axes import printed
from scipy.optimize import minimize
from torch import Tensor

from torch_molfield.data import QM9
from torch_molfield.data.elements import BOHR3
from torch_molfield.data.standard_orientation import ATOMS, SCREENING, orientations, thole_polarizability

#: of molecules with equally many atoms: z, pos, candidates
Group = tuple[Tensor, Tensor, Tensor]


def groups(data: Path, count: int, part: str) -> list[Group]:
    molecules = list(QM9(data, part=part, size=count))
    tensors = printed(data, [int(m.gdb) for m in molecules])
    sizes = np.array([len(m.z) for m in molecules])
    found = []
    for size in np.unique(sizes):
        rows = np.flatnonzero(sizes == size)
        z = torch.stack([molecules[k].z for k in rows])
        pos = torch.stack([molecules[k].pos for k in rows]).double()
        found.append((z, pos, orientations(tensors[rows], z, pos)))
    return found


def error(parameters: np.ndarray, molecules: list[Group]) -> float:
    """Of logarithms of the polarizabilities (Å^3) of H, C, N, O, F and of the screening."""
    values = np.exp(parameters).tolist()
    atoms, rows = dict(zip(ATOMS, values[:-1], strict=True)), []
    for z, pos, candidates in molecules:
        wrong = candidates - thole_polarizability(z, pos, atoms, values[-1])[:, None]
        rows.append(wrong.flatten(2).norm(dim=2).amin(1))
    return float(torch.cat(rows).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--count", type=int, default=800)
    options = parser.parse_args()
    torch.set_num_threads(1)
    train, unseen = (groups(options.data, options.count, part) for part in ("train", "test"))
    start = np.log([*ATOMS.values(), SCREENING])
    fitted = minimize(error, start, (train,), method="Powell", options={"xtol": 1e-3, "ftol": 1e-5})
    atoms = {number: round(float(np.exp(a)) / BOHR3, 3) for number, a in zip(ATOMS, fitted.x[:-1], strict=True)}
    print(f"bohr³: {atoms}; screening {np.exp(fitted.x[-1]):.4f}")
    print(f"training molecules {fitted.fun:.4f}, others {error(fitted.x, unseen):.4f} Å³")


if __name__ == "__main__":
    main()
