"""Molecules come in and go out: one module for each kind of source."""

from torch_molfield.data.conversions.ensemble import read_ensemble
from torch_molfield.data.conversions.from_ase import from_ase
from torch_molfield.data.conversions.from_mmcif import from_mmcif
from torch_molfield.data.conversions.from_pdb import from_pdb
from torch_molfield.data.conversions.from_rdkit import from_rdkit
from torch_molfield.data.conversions.from_smiles import from_smiles
from torch_molfield.data.conversions.to_rdkit import to_rdkit

__all__ = ["from_ase", "from_mmcif", "from_pdb", "from_rdkit", "from_smiles", "read_ensemble", "to_rdkit"]
