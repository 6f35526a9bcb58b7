"""Molecules with a property that is asked for, by the protocol of EDM (Hoogeboom et al., ICML 2022, section 5.2).

    OMP_NUM_THREADS=1 python benchmarks/generation_edm_protocol.py --data DIR --out DIR \
        --judge-minutes 120 --generator-minutes 480

The first 100 000 training molecules of QM9 are cut into halves. A judge, a model of six properties, is trained on the
first half, the generator with these properties on the second. Values are those of molecules of the second half, drawn
one at a time; each property is asked for alone, of 2 000 samples. The number of atoms follows from the value by the
generator's own size model, where EDM draws both together. Mean absolute errors, between what was asked for and what
the judge predicts of the samples that are valid and connected:

- ``mae``: of the generator;
- ``mae_of_judge``: the judge's own, on molecules of the second half ("L-bound");
- ``mae_by_atoms``: of the best guess from the number of atoms alone ("#Atoms"): the mean of the first half;
- ``mae_shuffled``: of values of other molecules ("U-bound").

Both trainings are resumable: each call goes on for at most ``--max-minutes``, and what is done is not done again.
Writes DIR/edm_protocol.json. Units are those of QM9 here: Å³, eV, e Å, eV/K; ``mae_edm_units`` has bohr³, meV, D and
cal/(mol K).
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import torch
from generation_conditions import PROPERTIES, SCHEDULE, errors, records
from lightning.pytorch.callbacks import Callback
from torch import Tensor

from torch_molfield.data import QM9
from torch_molfield.data.io.atomic import write_atomically
from torch_molfield.data.units import BOHR, DEBYE
from torch_molfield.evaluation.prediction import predict_molecules
from torch_molfield.models import MoleculeGenerator, PropertyMolField
from torch_molfield.training import train
from torch_molfield.training.tasks.generator import GeneratorTask
from torch_molfield.training.tasks.property import PropertyTask

HALF = 50_000
CAL_PER_MOL_K = 4.33641153e-5
#: from the units of this package to those of EDM's table
EDM_UNITS = {"alpha": BOHR**-3, "gap": 1e3, "homo": 1e3, "lumo": 1e3, "mu": 1 / DEBYE, "Cv": 1 / CAL_PER_MOL_K}


class StopAt(Callback):
    """Ends this call's part of a training; the next call resumes it."""

    def __init__(self, until: float) -> None:
        self.until = until

    def on_train_batch_end(self, trainer: Any, *rest: Any) -> None:
        trainer.should_stop = trainer.should_stop or time.monotonic() > self.until


def trained(task: Any, molecules: Any, folder: Path, until: float) -> bool:
    """Train on until the end of the training or of this call; whether the training is finished."""
    end = folder / "finished"
    if not end.is_file() and time.monotonic() < until:
        train(task, molecules, directory=folder, resume=folder.is_dir(), callbacks=[StopAt(until)])
        if task.progress >= 1:
            end.touch()
    return end.is_file()


def by_atoms(first: QM9, second: list[Any], wanted: Tensor, column: int) -> float:
    """Error of the mean of the molecules of the first half with as many atoms."""
    counts = torch.tensor([len(data.z) for data in first])
    values = torch.stack([data.y[0, column] for data in first])
    sums = torch.zeros(40, dtype=values.dtype).index_add(0, counts, values)
    means = sums / torch.bincount(counts, minlength=40).clamp(min=1)
    return float((means[[len(data.z) for data in second]] - wanted).abs().mean())


def row(name: str, place: int, generator: Any, judge: Any, halves: tuple[QM9, QM9], count: int) -> dict[str, Any]:
    """Errors of one property."""
    first, second = halves
    column = list(QM9.target_names).index(name)
    chosen = torch.randperm(len(second), generator=torch.Generator().manual_seed(place))[:count].tolist()
    real = [second[k] for k in chosen]
    wanted = torch.stack([data.y[0, column] for data in real])
    found = records(generator.sample(count, seed=place, schedule=SCHEDULE, properties={name: wanted.tolist()}))
    error = errors(judge, found, name, wanted)
    own = torch.stack([each[name].double().reshape(()) for each in predict_molecules(judge, real, [name])])
    shuffled = wanted[torch.randperm(count, generator=torch.Generator().manual_seed(count))]
    return {
        "property": name,
        "samples": count,
        "valid": len(error) / count,
        "mae": float(error.mean()),
        "standard_error": float(error.std() / len(error) ** 0.5),
        "mae_edm_units": float(error.mean()) * EDM_UNITS[name],
        "mae_of_judge": float((own - wanted).abs().mean()),
        "mae_by_atoms": by_atoms(first, real, wanted, column),
        "mae_shuffled": float((shuffled - wanted).abs().mean()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with qm9.npz")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--half", type=int, default=HALF, help="molecules of a half")
    parser.add_argument("--judge-minutes", type=float, default=120.0)
    parser.add_argument("--generator-minutes", type=float, default=480.0)
    parser.add_argument("--max-minutes", type=float, default=170.0, help="of this call")
    parser.add_argument("--samples", type=int, default=2000)
    options = parser.parse_args()
    torch.set_num_threads(1)
    until = time.monotonic() + 60 * options.max_minutes
    numbers = [int(data.gdb) for data in QM9(options.data, part="train", size=2 * options.half)]
    halves = tuple(QM9(options.data, gdb=numbers[k : k + options.half]) for k in (0, options.half))
    judge = PropertyTask({"targets": list(PROPERTIES), "max_minutes": options.judge_minutes})
    generator = GeneratorTask(
        {"properties": list(PROPERTIES), "batch_size": 64, "max_minutes": options.generator_minutes}
    )
    done = trained(judge, halves[0], options.out / "judge", until) and trained(
        generator, halves[1], options.out / "generator", until
    )
    if not done:
        print("not finished; the same command goes on")
        return
    models = (
        MoleculeGenerator.from_pretrained(options.out / "generator"),
        PropertyMolField.from_pretrained(options.out / "judge"),
    )
    path = options.out / "edm_protocol.json"
    rows = json.loads(path.read_text()) if path.is_file() else []
    for place, name in enumerate(PROPERTIES):
        if all(each["property"] != name for each in rows):
            rows.append(row(name, place, *models, halves, options.samples))
            print(json.dumps(rows[-1]), flush=True)
            write_atomically(path, (json.dumps(rows, indent=1) + "\n").encode())


if __name__ == "__main__":
    main()
