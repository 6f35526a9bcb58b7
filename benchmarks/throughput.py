"""Molecules a second, time and memory of a training step, and how near the generated functions come to plain products.

Networks of the twelve targets of QM9 (MolField; SchNet, DimeNet++ and ViSNet as their authors made them and *small*, of
half the width and depth; untrained), each in a process of its own: molecules predicted a second (batches of 64),
milliseconds of a training step (32 molecules, AdamW) and its peak memory above that of the process before it.
*encoded*: molecules a second into weight tokens. *INR*: GFLOP/s of a batch of generated functions, products alone
counted, beside ``torch.bmm`` of the same shapes in turn; *waves*: share of the time that cosines and sines alone take.
Denormal numbers count as zero unless they are to be kept.

    python benchmarks/throughput.py --data ../shared/data --out runs/throughput
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch
from once import once, plain, write_result
from peers.networks import PEERS, SMALL_PEERS, Peer
from peers.training import TWELVE, PackedProperties, labelled

from torch_molfield.data.properties import find_targets
from torch_molfield.evaluation.properties import predict_properties
from torch_molfield.geometry.packed import PackedMolecules
from torch_molfield.models import MolField, PropertyMolField
from torch_molfield.nn import CanonicalINR
from torch_molfield.nn.heads.references import PropertyModel
from torch_molfield.training import PropertyTraining
from torch_molfield.training.tasks.density import DENSITY_MODEL

MOLECULES, PREDICTED, TRAINED, REPEATS = 512, 64, 32, 7
#: the peers in both sizes
NETWORKS = {**PEERS, **{f"{name}, small": network for name, network in SMALL_PEERS.items()}}
#: functions at a time and points of each
FUNCTIONS, POINTS = 32, 1024


def make(name: str) -> PropertyModel:
    targets = find_targets(TWELVE)
    return PropertyMolField(targets, field=DENSITY_MODEL) if name == "MolField" else Peer(NETWORKS[name](12), targets)


def measured(name: str, options: argparse.Namespace) -> dict[str, float]:
    """Once, in a process of its own, whose peak memory is nothing else's."""
    label = f"{plain(name)}-{options.threads}{'-denormal' * options.keep_denormal}"
    return once(options.out, label, partial(alone, name, options.data, options.threads, options.keep_denormal))


def alone(*of: object) -> dict[str, float]:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(measure, of)


def measure(name: str, data: Path, threads: int, keep_denormal: bool) -> dict[str, float]:
    torch.set_num_threads(threads)
    torch.set_flush_denormal(not keep_denormal)
    torch.manual_seed(0)
    packed = labelled(data, "train", MOLECULES, TWELVE)
    model = make(name)
    model.references.measure(packed.z, packed.owner, packed.rows)
    before = restarted_peak()
    step = median(training_step(model.train(), packed))
    memory = peak() - before
    predicted = median(lambda: predict_properties(model.eval(), packed, PREDICTED), repeats=3)
    return {"molecules_per_s": MOLECULES / predicted, "step_ms": 1000 * step, "step_MB": memory}


def training_step(model: PropertyModel, packed: PackedMolecules) -> Callable[[], None]:
    task = PackedProperties(PropertyTraining(targets=TWELVE, batch_size=TRAINED, max_steps=1), model)
    optimizer = torch.optim.AdamW(model.parameters(), 1e-4, fused=True)
    batches = iter(task.batches(packed, seed=0))

    def step() -> None:
        loss = torch.stack(list(task.losses(next(batches)).values())).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step


@torch.no_grad()
def encoded(data: Path) -> float:
    """Molecules a second into tokens."""
    packed, model = labelled(data, "train", MOLECULES, TWELVE), MolField(**DENSITY_MODEL).eval()
    chosen = torch.arange(MOLECULES).split(PREDICTED)
    return MOLECULES / median(lambda: [model.encoder.read(*packed.take(rows)) for rows in chosen], repeats=3)


@torch.no_grad()
def inr(hidden: int, depth: int, frequencies: int) -> dict[str, float]:
    network = CanonicalINR(5, hidden, depth, "fourier", frequencies)
    parameters = [p.expand(FUNCTIONS, *p.shape).contiguous() for p in network.initial_parameters()]
    points = torch.randn(FUNCTIONS, POINTS, 3)
    weights = parameters[0::2]
    rows = [torch.randn(FUNCTIONS, POINTS, w.shape[2]) for w in weights]
    work = 2e-9 * FUNCTIONS * POINTS * sum(w.shape[1] * w.shape[2] for w in weights)
    phase = torch.randn(FUNCTIONS, 512, frequencies)
    function, products, waves = [], [], []
    for _ in range(REPEATS):
        function.append(seconds(lambda: network(points, parameters)))
        waves.append(seconds(lambda: [(p.cos(), p.sin()) for _ in range(POINTS // 512) for p in phase]))
        products.append(seconds(lambda: [torch.bmm(x, w.transpose(1, 2)) for x, w in zip(rows, weights, strict=True)]))
    found, limit = work / statistics.median(function), work / statistics.median(products)
    shares = {"share": found / limit, "waves": statistics.median(waves) / statistics.median(function)}
    return {"gflops": found, "bmm_gflops": limit, **shares}


def median(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """Seconds, after a warm-up."""
    work()
    return statistics.median(seconds(work) for _ in range(repeats))


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def restarted_peak() -> float:
    """Memory of this process, MB, which is its peak from now on: reading data takes more than a step (Linux)."""
    Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")
    return peak()


def peak() -> float:
    """Largest memory of this process since then, MB."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--keep-denormal", action="store_true", help="do not count numbers below 1.2e-38 as zero")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    result = {
        "networks": {name: measured(name, options) for name in ("MolField", *NETWORKS)},
        "encoded_per_s": encoded(options.data),
        "inr": {f"{h} × {d}, {f} frequencies": inr(h, d, f) for h, d, f in ((64, 4, 512), (96, 3, 256), (64, 3, 256))},
    }
    print(result["encoded_per_s"], result["inr"])
    write_result(options.out / f"throughput{'-denormal' * options.keep_denormal}.json", options, result)


if __name__ == "__main__":
    main()
