"""Predictions of a model for molecules of any size and number."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import torch
from torch import Tensor
from torch_geometric.data import Data

from torch_molfield.data.electrons import charge_or_zero
from torch_molfield.evaluation.chunks import chunks_by_size
from torch_molfield.geometry.packed import PackedMolecules
from torch_molfield.models.predictor import Predictor, takes_charge

#: molecules of one call at most
BATCH = 64


@torch.no_grad()
def predict_molecules(
    model: Predictor,
    molecules: Sequence[Data],
    names: Collection[str] | None = None,
    problems: dict[int, str] | None = None,
) -> list[dict[str, Tensor]]:
    """Predict values of molecules by name, on the CPU.

    Molecules of similar size are passed to the model together, as many as memory allows
    (:func:`~torch_molfield.evaluation.chunks.chunks_by_size`).

    Args:
        model: in eval mode.
        molecules: with ``z`` and ``pos`` in Å; for models that take a charge, it is the attribute ``charge`` (e), else
            that of ``smiles``, else 0.
        names: of the outputs; by default all that are per molecule.
        problems: a dictionary that receives, by the index of the molecule, why there are no predictions for it.

    Returns:
        For each molecule, values by name: ``[...]`` per molecule, ``[N, ...]`` per atom; empty for molecules in
            ``problems``.

    Raises:
        ValueError: for a name that is not an output; without ``problems``, for a molecule that the model cannot take or
            for which its values are not finite.
    """
    per = {output.name: output.per for output in model.outputs}
    unknown = sorted(set(names or ()) - set(per))
    if unknown:
        raise ValueError(f"the model predicts no {unknown[0]}; it predicts {', '.join(per)}.")
    packed = PackedMolecules(molecules)
    device = next(model.parameters()).device
    total = torch.tensor([charge_or_zero(each) for each in molecules], device=device)
    found: list[dict[str, Tensor]] = [{} for _ in molecules]
    waiting = [
        part for chunk in chunks_by_size(packed.start.diff().tolist()) for part in torch.tensor(chunk).split(BATCH)
    ]
    while waiting:
        chosen = waiting.pop(0)
        z, pos, batch = (rows.to(device) for rows in packed.take(chosen))
        try:
            if takes_charge(model):
                predicted = model.predict(z, pos, batch, names, charge=total[chosen.to(device)])
            else:
                predicted = model.predict(z, pos, batch, names)
        except ValueError as error:
            if problems is None:
                raise
            if len(chosen) > 1:  # each by itself, to find the one
                waiting[:0] = chosen.split(1)
            else:
                problems[int(chosen)] = str(error)
            continue
        sizes = torch.bincount(batch).tolist()
        for name, values in predicted.items():
            rows = values.cpu().split(sizes) if per[name] == "atom" else values.cpu().unbind(0)
            for number, value in zip(chosen.tolist(), rows, strict=True):
                found[number][name] = value
    return found
