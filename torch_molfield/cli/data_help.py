"""The help of arguments that name datasets and files."""

from __future__ import annotations

import typer
from typer.core import TyperCommand

#: stands for the list of datasets, which is read from their registry when the help of a command is printed
DATA_HELP = "DATASETS"
#: what every command that takes a file of molecules takes
SUFFIXES = ".xyz, .extxyz, .traj, .sdf, .smi, .parquet, .pdb, .cif or .mmcif"
LIBRARY_HELP = f"A {SUFFIXES} file."
MOLECULE_HELP = f"A {SUFFIXES} file, or a SMILES such as CCO."


class DataCommand(TyperCommand):
    """A command with arguments whose help is ``DATA_HELP``. The help is written at last, since it imports torch."""

    def format_help(self, ctx: typer.Context, formatter: object) -> None:  # type: ignore[override]
        """The help with the datasets of the registry."""
        from torch_molfield.data.datasets.named import dataset_help

        text = dataset_help()
        for parameter in self.params:
            if getattr(parameter, "help", None) == DATA_HELP:
                parameter.help = text  # type: ignore[attr-defined]
        super().format_help(ctx, formatter)  # type: ignore[arg-type]
