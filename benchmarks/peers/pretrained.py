"""Fields that were trained on densities of QM9's whole training part, which property networks begin with."""

from __future__ import annotations

import argparse
from typing import Any

from once import plain

from torch_molfield.data import QM9
from torch_molfield.models import MolField
from torch_molfield.training import DensityTraining
from torch_molfield.training.tasks.density import train_density

#: what each is trained with
SETTINGS: dict[str, dict[str, Any]] = {
    "density": {},
    "noisy density": {"noise": 0.1},
    "clean charge density": {"charges": True},
    "charge density": {"noise": 0.1, "charges": True},
}


def pretrained(name: str, options: argparse.Namespace) -> MolField:
    """One of ``SETTINGS``, from ``options.out`` where it has been trained for ``options.density_minutes``."""
    return train_density(
        DensityTraining(max_minutes=options.density_minutes, batch_size=64, **SETTINGS[name]),
        QM9(options.data, part="train"),
        options.out / plain(name),
        resume=True,
        accelerator=options.device,
    )
