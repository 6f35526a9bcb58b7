"""Does what a trained model predicts depend on how the query is drawn? It should not: the model is a function.

Per molecule, on unseen frames and conformers, each figure is measured with different schemes, numbers and spacings of
query points. ``spread`` is the largest difference between two of them, ``error`` the model's own, and the claim is
spread < error:

- ``value``: the same points asked alone, amid a box of others, in another order, and as part of a grid (Å);
- ``surface``: mean distance (Å) of the vertices of meshes from lattices of other spacing from the zero set found with
  the finest; error: mean distance from the exact surface;
- ``measured error``: that error itself, from points by area on meshes of different spacing (Å);
- ``volume``: relative excess of the learned body over the exact one, counted on grids of different spacing and by
  random points of different number; error: mean distance × area / volume.

    python benchmarks/discretisation.py md-surfaces --out docs/results/discretisation.json
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from once import write_result
from torch import Tensor
from torch_geometric.data import Data

from torch_molfield.data.datasets.named import unseen_molecules
from torch_molfield.evaluation.surfaces import exact_distance, learned_distance, mesh_learned
from torch_molfield.fields import SignedDistanceField
from torch_molfield.models import MolField
from torch_molfield.models.run_folder import read_run
from torch_molfield.nn.inr.learned_distance import LearnedDistance
from torch_molfield.surface import Surface, compare_surfaces, mesh_molecules
from torch_molfield.surface.molecule import molecule_bounds
from torch_molfield.training.tasks.surface import exact_surface

SPACINGS = (0.15, 0.2, 0.3, 0.4)
NUMBERS = (100_000, 400_000)
MARGIN = 2.5


def value_spread(learned: LearnedDistance, pos: Tensor) -> float:
    """Largest change of f at 500 points near the molecule when they are part of other queries."""
    generator = torch.Generator().manual_seed(0)
    atom = torch.randint(len(pos), (500,), generator=generator)
    points = pos[atom] + 1.5 * torch.randn(500, 3, generator=generator)
    order = torch.randperm(500, generator=generator)
    grid = torch.cartesian_prod(*torch.linspace(-5, 5, 30).expand(3, -1).to(points))
    ways = [
        torch.cat([learned(p[None]) for p in points]),
        learned(points[order])[order.argsort()],
        learned(torch.cat([grid, points]))[-500:],
    ]
    together = learned(points)
    return max(float((way - together).abs().max()) for way in ways)


def volume_draws(pos: Tensor) -> list[tuple[str, Tensor, float]]:
    """``(scheme, points, volume of the box)``: grids of several spacings, random points of several numbers."""
    low, high = molecule_bounds(pos, None, MARGIN)[0]
    low, high = torch.as_tensor(low).to(pos), torch.as_tensor(high).to(pos)
    draws = []
    for spacing in SPACINGS:
        counts = ((high - low) / spacing).ceil().long()
        axes = [low[k] + spacing * (torch.arange(int(counts[k])) + 0.5) for k in range(3)]
        draws.append((f"grid {spacing} Å", torch.cartesian_prod(*axes), float(counts.prod()) * spacing**3))
    for number in NUMBERS:
        generator = torch.Generator().manual_seed(number)
        points = low + (high - low) * torch.rand(number, 3, generator=generator)
        draws.append((f"{number} random points", points, float((high - low).prod())))
    return draws


@torch.no_grad()
def volume_figures(learned: LearnedDistance, exact, pos: Tensor) -> dict[str, float]:
    """Relative volume error (learned − exact) of each draw, from smoothed counts: Σ clamp(½ − f/h)."""
    ratios = {}
    for scheme, points, box in volume_draws(pos):
        width = (box / len(points)) ** (1 / 3)
        inside = [(0.5 - fn(points) / width).clamp(0, 1).double().mean() * box for fn in (learned, exact)]
        ratios[scheme] = float(inside[0] / inside[1]) - 1
    return ratios


@torch.no_grad()
def measure(model: MolField, field: SignedDistanceField, data: Data) -> dict[str, dict[str, float]]:
    learned, exact = learned_distance(model, data.z, data.pos), exact_distance(field, data)
    meshes = [mesh_learned(learned, spacing)[0] for spacing in SPACINGS]
    surfaces = [Surface(mesh, learned) for mesh in meshes]
    finest, others = surfaces[0], surfaces[1:]
    true = Surface(mesh_molecules(field, data.z, data.pos, spacing=SPACINGS[0])[0], exact, is_distance=True)
    own = [compare_surfaces(true, surface, 2000) for surface in surfaces]
    errors = [comparison.mean_distance for comparison in own]
    between = [float(finest.foot(other.mesh.vertices)[0].mean()) for other in others]
    ratios = volume_figures(learned, exact, data.pos)
    return {
        "value": {"spread": value_spread(learned, data.pos), "error": own[0].band_error},
        "surface": {"spread": max(between), "error": errors[0]},
        "measured error": {"spread": max(errors) - min(errors), "error": errors[0]},
        "volume": {
            "spread": max(ratios.values()) - min(ratios.values()),
            "error": own[0].mean_distance * finest.mesh.area / finest.mesh.volume,
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--molecule", nargs="+", default=["bundled"])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    model, field = MolField.from_pretrained(given.model), exact_surface(read_run(given.model).settings, None)
    results = {}
    for part in unseen_molecules(given.molecule, None, count=1):
        figures = measure(model, field, part.molecules[0])
        results[f"{part.name}, {part.kind}"] = figures
        print(
            part.name,
            part.kind,
            {k: (f"{v['spread']:.1e}", f"{v['error']:.1e}") for k, v in figures.items()},
            flush=True,
        )
    ratios = [row["spread"] / row["error"] for figures in results.values() for row in figures.values()]
    write_result(given.out, given, {"largest_ratio": max(ratios), "molecules": results}, [given.model])


if __name__ == "__main__":
    main()
