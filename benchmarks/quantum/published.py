"""The published weights: their predictions again, and how fast."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import torch

from quantum.dense import dense_energies
from quantum.setting import KCAL, TARGET, Setting, packed
from torch_molfield.data import QM9
from torch_molfield.evaluation.properties import predict_properties
from torch_molfield.geometry.packed import PackedMolecules
from torch_molfield.models import QuantumDeepField

#: molecules a batch
BATCHES = (1, 4, 16, 64)
#: molecules that the dense batches are timed on
TIMED = 192


@torch.no_grad()
def published(setting: Setting) -> dict:
    """Errors on the 1 480 published test molecules, distance from the published predictions, Σρ, and molecules a second
    from positions to energies, on one thread: in seconds of the processor, which other jobs change little, and of the
    wall."""
    arrays = dict(np.load(setting.archive, allow_pickle=False))
    molecules = packed(QM9(setting.data, gdb=arrays["test_ids"]))
    model = QuantumDeepField.from_reference(setting.archive)
    found = predict_properties(model, molecules, batch_size=len(molecules))[TARGET]
    error = (found - molecules.rows[TARGET]).abs()
    away = (found - torch.from_numpy(arrays["test_prediction_eV"])).abs()
    return {
        "molecules": len(molecules),
        "parameters": sum(p.numel() for p in model.parameters()),
        "mae_eV": float(error.mean()),
        "mae_kcal_mol": float(error.mean()) * KCAL,
        "largest_difference_from_published_eV": float(away.max()),
        "largest_error_of_electron_number": electron_error(model, molecules),
        "molecules_per_second": throughput(model, molecules),
    }


def electron_error(model: QuantumDeepField, molecules: PackedMolecules) -> float:
    """Largest relative |Σ_p w_p ρ_p / N_e − 1|."""
    worst = 0.0
    for block in model.blocks(*molecules.take(torch.arange(len(molecules)))):
        parts = model.functions(block).points
        electrons = sum((part.weight * psi.double().square().sum(-1)).sum(1) for part, psi in parts)
        worst = max(worst, float((electrons / block.electrons - 1).abs().max()))
    return worst


def throughput(model: QuantumDeepField, molecules: PackedMolecules) -> dict:
    """By batch size, of this package and of dense block-diagonal batches."""
    every = torch.arange(len(molecules))
    result: dict = {"all at once": timed(model, molecules, [every])}
    some = every[:: len(every) // TIMED][:TIMED]
    for size in BATCHES:
        batches = list(some.split(size))
        result[f"batches of {size}"] = timed(model, molecules, batches)
        result[f"dense batches of {size}"] = timed(lambda *atoms: dense_energies(model, *atoms), molecules, batches)
    return result


def timed(predict: Callable, molecules: PackedMolecules, batches: list[torch.Tensor]) -> dict[str, float]:
    predict(*molecules.take(batches[0]))
    wall, processor = time.perf_counter(), time.process_time()
    for chosen in batches:
        predict(*molecules.take(chosen))
    count = sum(len(chosen) for chosen in batches)
    return {
        "by processor time": count / (time.process_time() - processor),
        "by wall time": count / (time.perf_counter() - wall),
    }
