"""Properties of QM9: MolField beside SchNet, DimeNet++ and ViSNet, on the same molecules and with the same wall-clock.

Small tier: all twelve targets at once, ``--sizes`` training molecules (the first of the training part), the same loss,
optimiser, schedule, batch and references for all; the learning rate of each network is the best of ``--rates`` on 1 000
validation molecules after a quarter of the time. Errors are those of 2 000 test molecules. *MolField* begins from
scratch; *MolField, density* from a field that was trained for ``--density-minutes`` to generate Gaussian densities of
the geometries of the whole training part, which needs no labels; its time is not counted in ``--max-minutes``.

    python benchmarks/qm9.py --data ../shared/data --out runs/qm9 --sizes 5000 --max-minutes 10 --density-minutes 30

A training that was stopped goes on; a figure that is in OUT/results is not computed again.
"""

from __future__ import annotations

import argparse
import json
import platform
from functools import partial
from pathlib import Path
from typing import Any

import torch
from once import once
from peers.networks import PEERS, Peer

from torch_molfield.cli.progress import TrainingProgress, quiet_lightning
from torch_molfield.data import QM9
from torch_molfield.models import MolField, PropertyMolField
from torch_molfield.nn.references import PropertyModel
from torch_molfield.training import (
    DensityTraining,
    PropertyTask,
    PropertyTraining,
    mean_errors,
    predict_properties,
    train_density,
)
from torch_molfield.training.density import DENSITY_MODEL
from torch_molfield.training.molecule_batches import MoleculeBatches
from torch_molfield.training.packed import PackedMolecules
from torch_molfield.training.targets import find_targets, target_values
from torch_molfield.training.trainer import begin, fit

TWELVE = ("mu", "alpha", "homo", "lumo", "gap", "r2", "zpve", "U0", "U", "H", "G", "Cv")
VALIDATION, TEST, ELEMENTS = 1000, 2000, (1, 6, 7, 8, 9)
#: share of the time that a trial of a learning rate gets
TRIAL = 0.25
MODELS = ("MolField", "MolField, density", *PEERS)


def labelled(data: Path, part: Any, size: int) -> PackedMolecules:
    molecules = QM9(data, size=size, part=part)
    packed = PackedMolecules(molecules)
    packed.rows = target_values(molecules, find_targets(TWELVE))
    return packed


def make(name: str, options: argparse.Namespace) -> PropertyModel:
    targets = find_targets(TWELVE)
    if name in PEERS:
        return Peer(PEERS[name](len(targets)), targets)
    if name == "MolField":
        return PropertyMolField(targets, field={**DENSITY_MODEL, "elements": ELEMENTS})
    return PropertyMolField.from_field(pretrained(options), targets)


def pretrained(options: argparse.Namespace) -> MolField:
    if options.field is not None:
        return MolField.from_pretrained(options.field)
    settings = DensityTraining(max_minutes=options.density_minutes, batch_size=64)
    return train_density(
        settings,
        QM9(options.data, part="train"),
        options.out / "density",
        resume=True,
        callbacks=[TrainingProgress()],
        progress_bar=False,
        accelerator="auto",
    )


def train(
    name: str, packed: PackedMolecules, rate: float, seed: int, minutes: float, label: str, options: argparse.Namespace
) -> PropertyModel:
    """A network trained for ``minutes`` in OUT/LABEL, resumed if begun."""
    directory = options.out / label
    settings = PropertyTraining(targets=TWELVE, learning_rate=rate, max_minutes=minutes, seed=seed)
    resumed = begin(settings, directory, resume=True)
    torch.manual_seed(seed)
    model = make(name, options)
    counts = packed.start.diff()
    model.references.measure(packed.z, torch.arange(len(packed)).repeat_interleave(counts), packed.rows)
    task = PropertyTask(model, rate, None, 60 * minutes, seed)
    batches = partial(_batches, packed, settings.batch_size)
    quiet_lightning()
    fit(
        task, batches, settings, directory, resumed, [TrainingProgress()], enable_progress_bar=False, accelerator="auto"
    )
    return model.cpu().eval()


def _batches(packed: PackedMolecules, size: int, first: int, seed: int) -> MoleculeBatches:
    return MoleculeBatches(packed, size, seed, first)


def errors(model: PropertyModel, packed: PackedMolecules) -> dict[str, float]:
    """Mean absolute errors over all molecules, in the units of the targets."""
    return mean_errors(predict_properties(model, packed), packed.rows)


def scaled(found: dict[str, float], model: PropertyModel) -> float:
    """Mean over targets of error / scale."""
    scales = dict(zip((t.name for t in model.targets), model.references.scale.tolist(), strict=True))
    return sum(found[name] / scales[name] for name in found) / len(found)


def tuned(name: str, size: int, packed: PackedMolecules, check: PackedMolecules, options: argparse.Namespace) -> dict:
    """Scaled validation errors by learning rate."""
    found = {}
    for rate in options.rates:
        label = f"tune-{_plain(name)}-{size}-{rate:g}"
        model = train(name, packed, rate, 0, TRIAL * options.max_minutes, label, options)
        found[f"{rate:g}"] = scaled(errors(model, check), model)
    return found


def final(name: str, size: int, rate: float, seed: int, sets: dict, options: argparse.Namespace) -> dict:
    label = f"final-{_plain(name)}-{size}-{seed}"
    model = train(name, sets["train"], rate, seed, options.max_minutes, label, options)
    found = errors(model, sets["test"])
    return {"rate": rate, "errors": found, "scaled": scaled(found, model)}


def _plain(name: str) -> str:
    return name.replace(", ", "-").replace("+", "p")


def small_tier(options: argparse.Namespace) -> dict:
    results: dict[str, Any] = {}
    check, test = labelled(options.data, "validation", VALIDATION), labelled(options.data, "test", TEST)
    for size in options.sizes:
        sets = {"train": labelled(options.data, "train", size), "test": test}
        for name in options.models:
            key = f"{_plain(name)}-{size}"
            rates = once(
                options.out, f"rates-{key}", lambda n=name, s=size, p=sets["train"]: tuned(n, s, p, check, options)
            )
            rate = float(min(rates, key=rates.get))
            for seed in options.seeds:
                run = once(
                    options.out,
                    f"{key}-{seed}",
                    lambda n=name, s=size, r=rate, k=seed, given=sets: final(n, s, r, k, given, options),
                )
                results.setdefault(str(size), {}).setdefault(name, {})[str(seed)] = run
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 5000, 20000])
    parser.add_argument("--models", nargs="+", default=list(MODELS), choices=MODELS)
    parser.add_argument("--max-minutes", type=float, default=10.0, help="of one training")
    parser.add_argument("--density-minutes", type=float, default=30.0)
    parser.add_argument("--field", help="a trained density field, in place of training one")
    parser.add_argument("--rates", type=float, nargs="+", default=[5e-4, 1e-3, 2e-3, 4e-3])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    results = small_tier(options)
    about = {"threads": options.threads, "torch": torch.__version__, "machine": platform.machine()}
    given = {name: str(value) if isinstance(value, Path) else value for name, value in vars(options).items()}
    path = options.out / "qm9.json"
    path.write_text(json.dumps({**about, "options": given, "result": results}, indent=1) + "\n", encoding="utf-8")
    print(f"wrote {path}")


if __name__ == "__main__":
    main()
