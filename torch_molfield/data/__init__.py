"""Molecules come in: conversions, files, datasets, and the checks that every public function calls."""

from torch_molfield.data.conversions import (
    from_ase,
    from_mmcif,
    from_pdb,
    from_rdkit,
    from_smiles,
    read_ensemble,
    to_rdkit,
)
from torch_molfield.data.datasets import (
    DATASETS,
    QM9,
    BundledTrajectories,
    DatasetSource,
    ElectronDensities,
    OrganicConformers,
    OrganicProperties,
    RevisedMD17,
    TrajectoryDataset,
    find_dataset,
)
from torch_molfield.data.hydropathy import residue_hydropathy
from torch_molfield.data.io import Entry, MoleculeFormat, iterate_library, read_molecules, register_format
from torch_molfield.data.molfield_data import MolFieldData
from torch_molfield.data.residues import residue_mask

__all__ = [
    "DATASETS",
    "QM9",
    "BundledTrajectories",
    "DatasetSource",
    "ElectronDensities",
    "Entry",
    "MolFieldData",
    "MoleculeFormat",
    "OrganicConformers",
    "OrganicProperties",
    "RevisedMD17",
    "TrajectoryDataset",
    "find_dataset",
    "from_ase",
    "from_mmcif",
    "from_pdb",
    "from_rdkit",
    "from_smiles",
    "iterate_library",
    "read_ensemble",
    "read_molecules",
    "register_format",
    "residue_hydropathy",
    "residue_mask",
    "to_rdkit",
]
