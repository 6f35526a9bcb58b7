"""Function-space learning of Gaussian densities: PSNR on QM9 molecules the network has not seen.

The task: f_c(x) = Σ_{i of element c} exp(−|x − x_i|²/2σ²), σ = 0.45 Å, c = H C N O F; 2 500 molecules to train and 459
unseen, all of at most 14 atoms (the validation and test ids of the quantum deep field's reference split, shuffled).
Points: half at a random atom + N(0, 0.5 Å), half uniform in the atoms' box ± 1.5 Å. PSNR with MAX = 1 per molecule over
1 024 such points, averaged over molecules.

    python benchmarks/qm9_density.py --data ../shared/data --out runs/qm9_density --max-minutes 10 --threads 1
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch_geometric.data import Data

from torch_molfield.data import QM9
from torch_molfield.fields import GaussianField
from torch_molfield.models import MolField
from torch_molfield.training.optimizers import make_optimizer
from torch_molfield.training.schedule import learning_rate_factor

ELEMENTS = {1: "H", 6: "C", 7: "N", 8: "O", 9: "F"}
SIGMA, NEAR, MARGIN = 0.45, 0.5, 1.5
TRAIN, POINTS_EVALUATED = 2500, 1024
STRUCTURED = {"num_frequencies": 512, "frequency_scale": 2.0, "hidden": 64, "depth": 4, "kernels": 2}
#: the prototype that the structured first layer replaces: 64 Fourier features, every weight from a plain linear head
PLAIN = {"num_frequencies": 32, "frequency_scale": 2.0, "hidden": 64, "depth": 4, "kernels": 0}


def load_molecules(data: Path) -> tuple[list[Data], list[Data]]:
    """2 500 training and 459 unseen molecules."""
    reference = dict(np.load(data / "qdf" / "reference_under14.npz", allow_pickle=False))
    ids = np.concatenate([reference["val_ids"], reference["test_ids"]]).astype(int)
    np.random.default_rng(0).shuffle(ids)
    molecules = list(QM9(data, gdb=[int(i) for i in ids]))
    order = np.random.default_rng(1).permutation(len(molecules))
    shuffled = [molecules[i] for i in order]
    return shuffled[:TRAIN], shuffled[TRAIN:]


def collate(molecules: Sequence[Data]) -> tuple[Tensor, Tensor, Tensor]:
    """``z [N]``, ``pos [N, 3]``, ``batch [N]`` of a list of molecules."""
    sizes = torch.tensor([len(m.z) for m in molecules])
    batch = torch.arange(len(molecules)).repeat_interleave(sizes)
    return torch.cat([m.z for m in molecules]), torch.cat([m.pos for m in molecules]), batch


def draw_points(pos: Tensor, batch: Tensor, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """``count`` points a molecule, ``[B·count, 3]``, and their molecules."""
    sizes = torch.bincount(batch)
    half = count // 2
    atom = (torch.rand(len(sizes), half, generator=generator) * sizes[:, None]).long() + (sizes.cumsum(0) - sizes)[
        :, None
    ]
    near = pos[atom] + NEAR * torch.randn(len(sizes), half, 3, generator=generator)
    index, empty = batch[:, None].expand(-1, 3), pos.new_zeros(len(sizes), 3)
    low = empty.scatter_reduce(0, index, pos, "amin", include_self=False)[:, None] - MARGIN
    high = empty.scatter_reduce(0, index, pos, "amax", include_self=False)[:, None] + MARGIN
    box = low + (high - low) * torch.rand(len(sizes), count - half, 3, generator=generator)
    points = torch.cat([near, box], dim=1)
    return points.reshape(-1, 3), torch.arange(len(sizes)).repeat_interleave(count)


class DensityTask:
    """Batches, loss and PSNR of this task on a device."""

    def __init__(self, data: Path, device: str = "cpu") -> None:
        self.train, self.unseen = load_molecules(data)
        self.field = GaussianField(channels=list(ELEMENTS), sigma=SIGMA)
        self.device = device

    def batch(self, molecules: Sequence[Data], count: int, generator: torch.Generator) -> tuple[Tensor, ...]:
        z, pos, batch = (t.to(self.device) for t in collate(molecules))
        points, points_batch = (t.to(self.device) for t in draw_points(pos.cpu(), batch.cpu(), count, generator))
        return z, pos, batch, points, points_batch, self.field(points, z, pos, points_batch, batch)

    @torch.no_grad()
    def psnr(self, model: MolField, molecules: Sequence[Data]) -> float:
        """Mean PSNR (dB) over molecules, with the average over their canonical frames."""
        was_training = model.training
        model.eval()
        generator, total = torch.Generator().manual_seed(1), 0.0
        for start in range(0, len(molecules), 32):
            part = molecules[start : start + 32]
            z, pos, batch, points, owner, target = self.batch(part, POINTS_EVALUATED, generator)
            error = (model(z, pos, batch)(points, owner) - target).square().mean(1).view(len(part), -1).mean(1)
            total += float((-10 * error.log10()).sum())
        model.train(was_training)
        return total / len(molecules)


def train(
    task: DensityTask,
    settings: dict,
    learning_rate: float,
    seed: int = 0,
    max_steps: int | None = None,
    max_seconds: float | None = None,
    batch_size: int = 32,
    num_points: int = 128,
    checkpoint: Path | None = None,
) -> dict:
    """Train one network; returns its figures. ``checkpoint`` is written every minute and resumed from."""
    torch.manual_seed(seed)
    model = MolField([*ELEMENTS.values()], "", elements=list(ELEMENTS), **settings).to(task.device)
    optimizer = make_optimizer(model, learning_rate)
    generator, step, seconds, curve, saved = torch.Generator().manual_seed(seed), 0, 0.0, [], 0.0
    if checkpoint is not None and checkpoint.is_file():
        state = torch.load(checkpoint, weights_only=True)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        generator.set_state(state["generator"])
        step, seconds, curve, saved = state["step"], state["seconds"], state["curve"], state["seconds"]
    model.train()
    while True:
        progress = max(step / (max_steps or math.inf), seconds / (max_seconds or math.inf))
        if progress >= 1:
            break
        start = time.perf_counter()
        for group in optimizer.param_groups:
            group["lr"] = group["share"] * learning_rate * learning_rate_factor(step, progress)
        chosen = torch.randint(len(task.train), (batch_size,), generator=generator).tolist()
        z, pos, batch, points, owner, target = task.batch([task.train[i] for i in chosen], num_points, generator)
        loss = (model(z, pos, batch)(points, owner) - target).square().mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        step += 1
        seconds += time.perf_counter() - start
        if not math.isfinite(loss.item()):
            break
        if step % 25 == 0:
            curve.append((step, round(seconds, 2), loss.item()))
        if checkpoint is not None and seconds - saved > 60:
            saved = seconds
            state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step}
            state |= {"generator": generator.get_state(), "seconds": seconds, "curve": curve}
            torch.save(state, checkpoint.with_suffix(".part"))
            checkpoint.with_suffix(".part").replace(checkpoint)
    return {
        "learning_rate": learning_rate,
        "seed": seed,
        "steps": step,
        "seconds": round(seconds, 1),
        "unseen_dB": round(task.psnr(model, task.unseen), 2),
        "train_dB": round(task.psnr(model, task.train[: len(task.unseen)]), 2),
        "curve": curve,
    }


def parse(description: str) -> argparse.ArgumentParser:
    """The options that the scripts on this task share."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=1)
    return parser


def main() -> None:
    parser = parse(__doc__ or "")
    parser.add_argument("--max-minutes", type=float, default=10.0)
    parser.add_argument("--learning-rate", type=float, default=4e-3)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    options.out.mkdir(parents=True, exist_ok=True)
    task, runs = DensityTask(options.data, options.device), []
    for seed in options.seeds:
        checkpoint = options.out / f"seed{seed}.ckpt"
        runs.append(
            train(task, STRUCTURED, options.learning_rate, seed, None, 60 * options.max_minutes, checkpoint=checkpoint)
        )
        print({key: value for key, value in runs[-1].items() if key != "curve"}, flush=True)
        text = json.dumps(
            {"settings": STRUCTURED, "torch": torch.__version__, "threads": options.threads, "runs": runs}
        )
        (options.out / "qm9_density.json").write_text(text)


if __name__ == "__main__":
    main()
