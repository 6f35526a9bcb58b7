"""How much each residue of a protein avoids water."""

from __future__ import annotations

import torch
from torch import Tensor
from torch_geometric.data import Data

#: hydropathy, dimensionless, high where water is avoided (Kyte and Doolittle 1982, J. Mol. Biol. 157, 105)
KYTE_DOOLITTLE = {
    "ILE": 4.5, "VAL": 4.2, "LEU": 3.8, "PHE": 2.8, "CYS": 2.5, "MET": 1.9, "ALA": 1.8, "GLY": -0.4, "THR": -0.7,
    "SER": -0.8, "TRP": -0.9, "TYR": -1.3, "PRO": -1.6, "HIS": -3.2, "GLU": -3.5, "GLN": -3.5, "ASP": -3.5,
    "ASN": -3.5, "LYS": -3.9, "ARG": -4.5,
}  # fmt: skip
#: names of the same residues in another state, or with selenium in the place of sulfur
VARIANTS = {
    "HID": "HIS", "HIE": "HIS", "HIP": "HIS", "HSD": "HIS", "HSE": "HIS", "HSP": "HIS", "CYX": "CYS", "CYM": "CYS",
    "ASH": "ASP", "GLH": "GLU", "LYN": "LYS", "MSE": "MET",
}  # fmt: skip


def residue_hydropathy(data: Data, others: float | None = None) -> Tensor:
    """Hydropathy ``[N]`` of the residue of each atom, dimensionless (Kyte and Doolittle 1982, J. Mol. Biol. 157, 105).

    Args:
        data: with ``residue_name``, as :func:`~torch_molfield.data.from_pdb` reads it.
        others: value for residues that are not on the scale: ligands, nucleotides, caps.

    Raises:
        ValueError: for a molecule without residue names, and, without ``others``, for a residue that is not on the
            scale.
    """
    names = data.get("residue_name")
    if names is None:
        raise ValueError("data has no residue_name; read the molecule with from_pdb or from_mmcif.")
    known = [KYTE_DOOLITTLE.get(VARIANTS.get(name, name), others) for name in names]
    missing = sorted({name for name, value in zip(names, known, strict=True) if value is None})
    if missing:
        raise ValueError(f"Kyte and Doolittle's scale has no residue {missing}; give others=0.0 or leave them out.")
    return torch.tensor(known, dtype=data.pos.dtype)
