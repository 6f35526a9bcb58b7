"""Raw files of PyG's own QM9 and MD17, made up and small, put where PyG does not download."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from rdkit import Chem
from rdkit.Chem import AllChem
from torch_geometric.datasets import MD17, QM9

from torch_molfield.data.datasets.bundled import load_bundled

SMILES = (
    *("C", "FC", "N", "O", "C#C", "C#N", "C=O", "CC", "CO", "CC#C", "CC#N", "CC=O", "NC=O", "CCF", "CCC", "CCO"),
    *("COC", "C1CC1", "C1CO1", "CC(C)=O", "CC(=O)N", "NC(N)=O"),
)
#: the molecule that PyG leaves out, from 1
UNCHARACTERIZED = 5
#: of gdb9.sdf.csv
HEADER = (
    *("mol_id", "A", "B", "C", "mu", "alpha", "homo", "lumo", "gap", "r2", "zpve", "u0", "u298", "h298", "g298", "cv"),
    *("u0_atom", "u298_atom", "h298_atom", "g298_atom"),
)
#: the row of methane in gdb9.sdf.csv
METHANE = (157.7118, 157.70997, 157.70699, 0.0, 13.21, -0.3877, 0.1171, 0.5048, 35.3641, 0.044749, -40.47893)
METHANE += (-40.476062, -40.475117, -40.498597, 6.469, -395.999594594, -398.643290011, -401.014646522, -372.471772148)


def pyg_qm9(root: Path) -> QM9:
    """QM9 of ``SMILES`` but for one, processed by PyG from its three raw files."""
    (root / "raw").mkdir(parents=True)
    with Chem.SDWriter(str(root / "raw" / "gdb9.sdf")) as writer:
        for number, smiles in enumerate(SMILES, start=1):
            mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
            AllChem.EmbedMolecule(mol, randomSeed=number)
            mol.SetProp("_Name", f"gdb_{number}")
            writer.write(mol)
    rows = [",".join([f"gdb_{k}", *(f"{x:.9f}" for x in values)]) for k, values in enumerate(csv_values(), start=1)]
    (root / "raw" / "gdb9.sdf.csv").write_text("\n".join([",".join(HEADER), *rows]) + "\n")
    left_out = f"{UNCHARACTERIZED}  left out"
    (root / "raw" / "uncharacterized.txt").write_text("\n".join([*["header"] * 9, left_out, "end", ""]))
    return QM9(str(root))


def csv_values() -> np.ndarray:
    """``[M, 19]`` in the order and the units of ``gdb9.sdf.csv``, methane first."""
    values = np.random.default_rng(0).uniform(-3, 3, size=(len(SMILES), 19)) + np.array(METHANE)
    values[0] = METHANE
    return values


def pyg_md17(root: Path, frames: int = 12) -> MD17:
    """Frames of ethanol with energies and forces in kcal/mol, processed by PyG from ``md17_ethanol.npz``."""
    raw = root / "ethanol" / "raw"
    raw.mkdir(parents=True)
    rng = np.random.default_rng(1)
    arrays = load_bundled("ethanol")
    pos = arrays["pos"][0, :frames]
    energy, force = rng.normal(size=(frames, 1)) - 9700.0, rng.normal(size=pos.shape)
    np.savez(raw / "md17_ethanol.npz", z=arrays["z"].astype(np.uint8), R=pos, E=energy[:, 0], F=force)
    return MD17(str(root), "ethanol")
