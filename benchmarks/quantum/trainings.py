"""The same molecules, the same wall-clock: QDF in both modes, linear QDF, SchNet and MolField."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from lightning.pytorch.callbacks import Callback
from once import plain
from peers.networks import SMALL_PEERS, Peer
from peers.training import train

from quantum.setting import KCAL, TARGET, Setting, by_size
from torch_molfield.data.datasets.under14 import under14
from torch_molfield.data.io.atomic import atomic_file
from torch_molfield.data.properties import find_targets
from torch_molfield.evaluation.properties import predict_properties
from torch_molfield.geometry.packed import PackedMolecules
from torch_molfield.models import PropertyMolField
from torch_molfield.training import QDFTraining, train_qdf
from torch_molfield.training.engine.progress import quiet_lightning
from torch_molfield.training.tasks.density import DENSITY_MODEL

#: points that quadrature models are scored on: a quarter of the usual ones, for the same mean absolute error
POINTS_SCORED = {"shells": 18, "degree": 21}
#: settings of QDF trainings
QDF: dict[str, dict[str, Any]] = {
    "QDF, quadrature": {"mode": "quadrature", "model": {"grid": POINTS_SCORED}},
    "QDF, quadrature, no angles": {"mode": "quadrature", "model": {"grid": POINTS_SCORED, "angular": False}},
    "QDF, faithful": {"mode": "faithful"},
    "linear LCAO": {
        "mode": "quadrature",
        "potential_weight": 0.0,
        "model": {"grid": POINTS_SCORED, "layers": 0, "angular": False},
    },
}
#: learning rates of the others: the best ones of benchmarks/qm9.py at 5 000 molecules, SchNet in the size best there
RATES = {"SchNet": 8e-3, "MolField": 4e-3}
MODELS = (*QDF, *RATES)
ELEMENTS = (1, 6, 7, 8, 9)
#: published mean absolute test errors (eV) by epoch
PUBLISHED = {10: 0.310, 100: 0.144, 200: 0.121, 400: 0.081, 1000: 0.0585, 2000: 0.0575}
#: validation molecules that the learning curve is of, and points of it in one training: the time that they take counts
WATCHED, POINTS = 100, 10


class ErrorCurve(Callback):
    """Keeps ``[minutes, epochs, validation error in eV]`` of a training in a JSON file; a resumed one adds to it."""

    def __init__(self, path: Path, molecules: PackedMolecules, every: float, batches_per_molecule: float) -> None:
        self.path, self.molecules, self.every, self.share = path, molecules, every, batches_per_molecule
        self.rows = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []

    def on_train_batch_end(self, trainer: Any, pl_module: Any, *args: Any) -> None:
        minutes = pl_module.seconds / 60
        if not self.rows or minutes >= self.rows[-1][0] + self.every or pl_module.progress >= 1.0:
            model = pl_module.model.eval()
            predicted = predict_properties(model, self.molecules)[TARGET]
            model.train()
            error = float((predicted - self.molecules.rows[TARGET]).abs().mean())
            self.rows.append([round(minutes, 2), round(trainer.global_step * self.share, 3), error])
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with atomic_file(self.path) as partial:
                partial.write_text(json.dumps(self.rows) + "\n", encoding="utf-8")


def trainings(setting: Setting) -> dict:
    """Each of ``--models`` learns the atomization energies of the published training part for ``--max-minutes``; errors
    on the published test part and on larger molecules, by number of atoms."""
    quiet_lightning()
    found = {name: setting.once(f"trained-{plain(name)}", partial(_scores, setting, name)) for name in setting.models}
    return {"models": found, "published_curve_eV": PUBLISHED}


def _scores(setting: Setting, name: str) -> dict:
    model = _trained(setting, name)
    result: dict[str, Any] = {"parameters": sum(p.numel() for p in model.parameters())}
    for part, molecules in (("test", setting.small("test", setting.test)), ("larger", setting.larger())):
        error = predict_properties(model, molecules)[TARGET] - molecules.rows[TARGET]
        mae = float(error.abs().mean())
        figures = {"molecules": len(molecules), "mae_eV": mae, "mae_kcal_mol": mae * KCAL}
        result[part] = figures | {"by_size": by_size(error, molecules)}
    return result | {"curve": json.loads(_curve_path(setting, name).read_text(encoding="utf-8"))}


def _curve_path(setting: Setting, name: str) -> Path:
    return setting.out / plain(name) / "curve.json"


def _trained(setting: Setting, name: str) -> Any:
    directory, watched = setting.out / plain(name), setting.small("validation", WATCHED)
    molecules = under14(setting.data, "train")
    every = setting.minutes / POINTS
    if name in QDF:
        settings = QDFTraining(max_minutes=setting.minutes, seed=setting.seed, **QDF[name])
        # a faithful training shows every batch twice
        share = settings.value("batch_size") / len(molecules) / (2 if settings.mode == "faithful" else 1)
        shown = [ErrorCurve(_curve_path(setting, name), watched, every, share)]
        return train_qdf(settings, molecules, directory, resume=True, callbacks=shown).cpu()
    packed = setting.small("train")
    curve = ErrorCurve(_curve_path(setting, name), watched, every, 32 / len(packed))
    return train(_maker(name), packed, RATES[name], setting.seed, setting.minutes, directory, [curve])


def _maker(name: str) -> Callable[[], Any]:
    targets = find_targets([TARGET])
    if name in SMALL_PEERS:
        return lambda: Peer(SMALL_PEERS[name](1), targets)
    return lambda: PropertyMolField(targets, field={**DENSITY_MODEL, "elements": ELEMENTS})
