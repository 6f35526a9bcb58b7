"""Three forms of a learned electron density, each trained for the same time on the same molecules.

    python benchmarks/density_forms.py --minutes 12 --out docs/results/density_forms.json

All predict the difference of the density from free atoms, of neutral molecules of at most 8 heavy atoms
(``datasets/electron_density/small``), and are compared at the exact values of held-out molecules:

- ``functions on atoms``: coefficients of Gaussians by an equivariant network, the form of ``organic-density``, with the
  loss of its training;
- ``canonical function``: one MolField for a molecule, with its own settings;
- ``local functions``: a sum of one small network per atom (64 hidden), of the distance, the direction relative to 16
  equivariant vectors of the atom and its 128 scalars, within 4.5 Å.

The last two are trained on ∫|Δρ| / N at 256 of the 512 exact points of each molecule. One thread; a form that is in the
file already is not trained again.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from peers.log import steps
from torch import Tensor, nn

from torch_molfield.data import ElectronDensities
from torch_molfield.data.io.atomic import atomic_file
from torch_molfield.geometry.neighbors import neighbor_pairs
from torch_molfield.geometry.smooth import segment_sum, smoothstep
from torch_molfield.models import MolField
from torch_molfield.nn.common.padding import make_padding
from torch_molfield.nn.gaussians import AtomCenteredDensity
from torch_molfield.nn.trunks import make_trunk
from torch_molfield.nn.trunks.base import atom_features
from torch_molfield.training.batches.densities import DensityBatches, DensityTable
from torch_molfield.training.engine.progress import quiet_lightning
from torch_molfield.training.tasks.electron_density import ElectronDensityTraining, train_electron_density

FOLDER = Path(__file__).resolve().parents[1] / "datasets" / "electron_density" / "small"
POINTS, BATCH, RATE, REACH = 256, 12, 1e-3, 4.5


class LocalFunctions(nn.Module):
    """Σ over atoms of a network of distance, direction and features of the atom."""

    def __init__(self, width: int = 128, vectors: int = 16, hidden: int = 64, radial: int = 24) -> None:
        super().__init__()
        self.trunk = make_trunk("pairs", width, vectors, 2)
        self.register_buffer("centres", torch.linspace(0, REACH, radial))
        self.place, self.atom = nn.Linear(radial + vectors, hidden), nn.Linear(width, 2 * hidden)
        self.middle, self.last = nn.Linear(hidden, hidden), nn.Linear(hidden, 1)

    def forward(self, z: Tensor, pos: Tensor, batch: Tensor) -> Callable[[Tensor, Tensor], Tensor]:
        h, v = atom_features(self.trunk, z, pos, make_padding(batch, int(batch[-1]) + 1))
        gate, bias = self.atom(h).chunk(2, dim=1)

        def function(points: Tensor, owner: Tensor) -> Tensor:
            point, atom = neighbor_pairs(points, pos, REACH, owner, batch)
            away = points[point] - pos[atom]
            r = away.norm(dim=1, keepdim=True)
            step = REACH / (len(self.centres) - 1)
            near = torch.exp(-0.5 * ((r - self.centres) / step) ** 2)
            turned = torch.einsum("px,pxv->pv", away / (r + 0.1), v[atom])
            x = nn.functional.silu(self.place(torch.cat([near, turned], dim=1)) * (1 + gate[atom]) + bias[atom])
            values = self.last(nn.functional.silu(self.middle(x)))[:, 0] * (1 - smoothstep(r[:, 0], 0.5 * REACH, REACH))
            return segment_sum(values, point, len(points))[:, None]

        return function


FORMS: dict[str, Callable[[], nn.Module]] = {
    "canonical function": lambda: MolField(("density",), "e/Å^3"),
    "local functions": LocalFunctions,
}


def density_of(model: nn.Module, data: Any) -> Tensor:
    """``[Q, 1]`` at the points of a batch: free atoms and what the model adds."""
    free = AtomCenteredDensity(data.z, data.pos, None, data.batch)(data.points, data.points_batch)
    return free + model(data.z, data.pos, data.batch)(data.points, data.points_batch)


def errors(values: Tensor, data: Any) -> tuple[Tensor, Tensor]:
    """``[B]`` ∫|Δρ| / N, and N."""
    count = len(data.charge)
    electrons = segment_sum(data.z.double(), data.batch, count)
    error = data.point_weights[:, 0] * (values - data.field_values)[:, 0].abs()
    return segment_sum(error, data.points_batch, count) / electrons, electrons


def train(model: nn.Module, table: DensityTable, minutes: float) -> int:
    """Adam, the rate falling as a cosine of the time; the number of steps."""
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE)
    batches, started, number = DensityBatches(table, POINTS, BATCH, 0), time.monotonic(), 0
    while (share := (time.monotonic() - started) / (60 * minutes)) < 1:
        for group in optimizer.param_groups:
            group["lr"] = RATE * min(1.0, (number + 1) / 100) * 0.5 * (1 + math.cos(math.pi * share))
        data = batches.at(number, torch.Generator().manual_seed(number))
        loss = errors(density_of(model, data), data)[0].mean()
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if number % 100 == 0:
            print(f"step {number}: {float(loss):.4f}", flush=True)
        number += 1
    return number


@torch.no_grad()
def score(density: Callable[[Any], Tensor], table: DensityTable) -> dict[str, float]:
    """Means over molecules, at all of their points."""
    rows = []
    for data in DensityBatches(table, table.points.shape[1], 8, 0).epoch():
        free = AtomCenteredDensity(data.z, data.pos, None, data.batch)(data.points, data.points_batch)
        values = density(data)
        own, apart = (errors(each, data)[0] for each in (values, free))
        missing = segment_sum((data.point_weights * (values - data.field_values))[:, 0], data.points_batch, len(own))
        rows.append(torch.stack([own, own / apart, missing.abs()], dim=1))
    mean = torch.cat(rows).mean(0)
    return dict(zip(("nmae", "deformation", "electrons"), mean.tolist(), strict=True))


def fitted(
    name: str, molecules: list[Any], minutes: float, folder: Path
) -> tuple[nn.Module, int, Callable[[Any], Tensor]]:
    """A trained form, its steps, and its density at the points of a batch."""
    if name in FORMS:
        form = FORMS[name]()
        number = train(form, DensityTable(molecules), minutes)
        form.eval()
        return form, number, lambda data: density_of(form, data)
    settings = ElectronDensityTraining(batch_size=BATCH, max_minutes=minutes, learning_rate=1.5e-3)
    model = train_electron_density(settings, molecules, folder)
    return model, steps(folder), lambda data: model(data.z, data.pos, data.batch)(data.points, data.points_batch)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=12.0)
    parser.add_argument("--forms", nargs="+", default=["functions on atoms", *FORMS])
    parser.add_argument("--out", type=Path, default=Path("runs/density_forms.json"))
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    quiet_lightning()
    parts = {
        part: [data for data in ElectronDensities(FOLDER, part=part) if not float(data.charge)]
        for part in ("train", "test")
    }
    held_out = DensityTable(parts["test"])
    found = json.loads(options.out.read_text()) if options.out.exists() else {}
    found |= {"minutes": options.minutes, "train": len(parts["train"]), "test": len(parts["test"])}
    options.out.parent.mkdir(parents=True, exist_ok=True)
    for name in options.forms:
        if name in found:
            continue
        model, number, density = fitted(name, parts["train"], options.minutes, options.out.parent / "density_form")
        scores = score(density, held_out)
        parameters = sum(each.numel() for each in model.parameters())
        found[name] = {"parameters": parameters, "steps": number, **scores}
        print(name, found[name], flush=True)
        with atomic_file(options.out) as partial:
            partial.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
