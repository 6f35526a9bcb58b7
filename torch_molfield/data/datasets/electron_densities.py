"""``ElectronDensities``: densities of DFT of small organic molecules, as coefficients and as values at points."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import torch

from torch_molfield.data.datasets.molecules import Filter, MoleculeDataset, Transform, file_identity
from torch_molfield.data.datasets.sized_source import SizedSource
from torch_molfield.data.datasets.source import DATASETS
from torch_molfield.data.io.npz import check_shapes, read_npz
from torch_molfield.data.molfield_data import MolFieldData
from torch_molfield.data.units import BOHR, HARTREE

#: part -> the hundredths of all SMILES that it covers
SHARES = {"train": (0, 90), "validation": (90, 95), "test": (95, 100)}
#: parts of the set
Part = Literal["train", "validation", "test"]
#: Å: half of the points are this far from a random atom, half are even in the box of the atoms and this much more
SPREAD, MARGIN = 0.7, 2.0
_ARRAYS = (
    *("charge", "n_atoms", "n_aux", "z", "pos", "coefficients", "homo", "lumo", "dipole", "quadrupole", "nmae"),
    *("mulliken", "smiles", "seed", "sample_rho"),
)
_REMEDY = "Shards are made by benchmarks/make_electron_densities.py; its docstring states their format."


class ElectronDensities(MoleculeDataset):
    """Electron densities of organic molecules, PBE0/def2-SVP (``datasets/electron_density`` in the repository).

    A molecule has

    - ``z [N]``, ``pos [N, 3]`` Å, ``charge [1]`` (e, float32) and ``smiles``;
    - ``coefficients [functions]`` of the difference between its density and that of its free atoms in the basis
      def2-svp-jkfit (:meth:`torch_molfield.nn.gaussians.AtomCenteredDensity.from_coefficients`), and ``fit_error [1]``,
      their error ∫|ρ_fit − ρ| / N;
    - ``points [512, 3]`` Å, ``field_values [512, 1]`` e/Å³, the exact density of all electrons at these points, and
      ``point_weights [512, 1]`` Å³: weighted sums over the points are unbiased estimates of integrals over space;
    - ``dipole [1, 3]`` e Å and ``quadrupole [1, 3, 3]`` e Å² (traceless, Buckingham), both about the centre of the
      nuclear charges, ``homo [1]`` and ``lumo [1]`` eV, and ``charges [N]`` e (Mulliken).

    Total energies are not included: the settings of the calculations suffice for densities, but leave errors of
    millihartrees in energies.

    Args:
        root: folder with ``shard_*.npz``, or a folder of such folders.
        part: ``"train"``, ``"validation"`` or ``"test"``: 90, 5 and 5 % of the SMILES, by their hash, so that a
            molecule stays in its part when shards are added.
        size: keep the first ``size`` molecules of the selection, which is ordered by a hash.
        cache: folder where processed molecules are kept; ``None`` keeps them in memory only.
        transform, pre_transform, pre_filter, force_reload: as in PyG.

    Raises:
        FileNotFoundError: for a folder without shards.
        ValueError: for an unknown part, a size below 1, or a damaged shard; the message names it.
    """

    def __init__(
        self,
        root: str | Path,
        part: Part | None = None,
        size: int | None = None,
        cache: str | Path | None = None,
        transform: Transform | None = None,
        pre_transform: Transform | None = None,
        pre_filter: Filter | None = None,
        force_reload: bool = False,
    ) -> None:
        if size is not None and size < 1:
            raise ValueError(f"size must be at least 1, got {size}.")
        if part is not None and part not in SHARES:
            raise ValueError(f"part must be one of {', '.join(SHARES)}; got {part!r}.")
        shards = sorted(Path(root).glob("shard_*.npz")) or sorted(Path(root).glob("*/shard_*.npz"))
        if not shards:
            raise FileNotFoundError(f"There is no shard_*.npz in {root} or its folders. {_REMEDY}")
        identity = {"part": part, "size": size, "files": [file_identity(path) for path in shards]}
        super().__init__(
            lambda: _selected(shards, part, size),
            identity,
            cache,
            transform,
            pre_transform,
            pre_filter,
            force_reload,
        )


def _selected(shards: Sequence[Path], part: Part | None, size: int | None) -> Iterator[MolFieldData]:
    """The molecules of a part, in the order of the hashes of their SMILES."""
    found, arrays = [], {}
    for path in shards:
        arrays[path] = read_shard(path)
        for k, smiles in enumerate(arrays[path]["smiles"].tolist()):
            number = int.from_bytes(hashlib.sha256(smiles.encode()).digest()[:8], "big")
            if part is None or SHARES[part][0] <= number % 100 < SHARES[part][1]:
                found.append((number, path, k))
    for _, path, k in sorted(found)[:size]:
        yield _molecule(arrays[path], k)


def read_shard(path: str | Path) -> dict[str, np.ndarray]:
    """The arrays of a shard, with ``first_atom`` and ``first_function`` of every molecule."""
    arrays = read_npz(path, _ARRAYS, _REMEDY)
    molecules, atoms = len(arrays["charge"]), int(arrays["n_atoms"].sum())
    functions = int(arrays["n_aux"].sum())
    shapes: dict[str, tuple[int, ...]] = {
        "z": (atoms,),
        "pos": (atoms, 3),
        "mulliken": (atoms,),
        "coefficients": (functions,),
    }
    rows = {
        "n_atoms": (),
        "smiles": (),
        "seed": (),
        "nmae": (),
        "homo": (),
        "lumo": (),
        "dipole": (3,),
        "quadrupole": (3, 3),
    }
    check_shapes(path, arrays, {**shapes, **{name: (molecules, *rest) for name, rest in rows.items()}})
    for name, count in (("first_atom", "n_atoms"), ("first_function", "n_aux")):
        arrays[name] = np.cumsum(arrays[count]) - arrays[count]
    return arrays


def _molecule(arrays: dict[str, np.ndarray], k: int) -> MolFieldData:
    atoms = slice(int(arrays["first_atom"][k]), int(arrays["first_atom"][k] + arrays["n_atoms"][k]))
    functions = slice(int(arrays["first_function"][k]), int(arrays["first_function"][k] + arrays["n_aux"][k]))
    z, pos = arrays["z"][atoms], arrays["pos"][atoms]
    points, weights = sample_points(pos.astype(float), int(arrays["seed"][k]), arrays["sample_rho"].shape[1])

    def row(name: str, factor: float = 1.0) -> torch.Tensor:
        return torch.from_numpy(np.atleast_1d(arrays[name][k] * factor)[None].astype(np.float32))

    return MolFieldData(
        z=torch.from_numpy(z.astype(np.int64)),
        pos=torch.from_numpy(pos.astype(np.float32)),
        charge=row("charge")[0],
        coefficients=torch.from_numpy(arrays["coefficients"][functions].astype(np.float32)),
        points=torch.from_numpy(points.astype(np.float32)),
        field_values=row("sample_rho", BOHR**-3).T.contiguous(),
        point_weights=torch.from_numpy(weights[:, None].astype(np.float32)),
        dipole=row("dipole", BOHR),
        quadrupole=row("quadrupole", BOHR**2),
        homo=row("homo", HARTREE)[0],
        lumo=row("lumo", HARTREE)[0],
        charges=torch.from_numpy(arrays["mulliken"][atoms].astype(np.float32)),
        fit_error=row("nmae")[0],
        smiles=str(arrays["smiles"][k]),
    )


def sample_points(pos: np.ndarray, seed: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The points of ``sample_rho`` ``[count, 3]`` Å, and the weights ``[count]`` Å³ of an integral over space.

    Args:
        pos: ``[N, 3]`` Å, as stored. seed: of the molecule.
    """
    rng = np.random.default_rng([7, seed])
    near = pos[rng.integers(len(pos), size=count // 2)] + rng.normal(0, SPREAD, (count // 2, 3))
    low, high = pos.min(0) - MARGIN, pos.max(0) + MARGIN
    points = np.concatenate([near, rng.uniform(low, high, (count - count // 2, 3))])
    squared = ((points[:, None] - pos) ** 2).sum(-1)
    density = 0.5 * np.exp(-squared / (2 * SPREAD**2)).mean(1) / (2 * np.pi * SPREAD**2) ** 1.5
    density += 0.5 * ((points >= low) & (points <= high)).all(1) / np.prod(high - low)
    return points, 1 / (count * density)


@DATASETS.register("electron-densities")
class ElectronDensitiesSource(SizedSource):
    """Shards of electron densities; of ``electron-densities/500`` the training split is the first 500 molecules."""

    usage = "electron-densities or electron-densities/SIZE (with --root, the folder of shards)"
    plain, example = "electron-densities", 500

    def part(self, part: Part, size: int | None) -> ElectronDensities:
        """The first molecules of a part."""
        return ElectronDensities(self.folder, part=part, size=size)
