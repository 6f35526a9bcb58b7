"""Molecules come in: conversions, files, datasets, and the checks that every public function calls."""

from torch_molfield.data.conformers import read_trajectory
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
    over15,
    under14,
)
from torch_molfield.data.hydropathy import residue_hydropathy
from torch_molfield.data.io import (
    Entry,
    MoleculeFormat,
    iterate_library,
    read_molecule,
    read_molecules,
    register_format,
)
from torch_molfield.data.molfield_data import MolFieldData
from torch_molfield.data.residues import residue_labels, residue_mask, without_residues

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
    "over15",
    "read_ensemble",
    "read_molecule",
    "read_molecules",
    "read_trajectory",
    "register_format",
    "residue_hydropathy",
    "residue_labels",
    "residue_mask",
    "to_rdkit",
    "under14",
    "without_residues",
]
