"""Dipole vectors and polarizability tensors: read off generated functions in the canonical frame and turned back.

Polarizabilities: ``--size`` molecules of QM9 to train, 2 000 unseen. *elements*: what a reference of every element,
fitted to the training molecules, says. Dipoles: the bundled trajectories, of each the beginnings of three replicas to
train, the fourth unseen. *charges*: PyG's SchNet gives every atom a charge, less their mean, and the dipole is Σ q_i
x_i; trained for the same time. Learning rates, and the size of SchNet, are the best on validation molecules (unseen
blocks of time of the trajectories): all are tried for a quarter of it, the best one and the next lower rate are trained
in full.

Errors are means of |μ̂ − μ| in e Å, and of the Frobenius norm of α̂ − α, of |tr(α̂ − α)| / 3 and of the norm of its
traceless part in Å^3. *doubtful*: share of molecules of which another orientation of QM9's tensor is nearer to the
prediction, and *doubt* by how much that would change the tensor, mean over all (Å^3). *turned*: the largest difference
between what is predicted of turned molecules and what is predicted of molecules and turned, relative to the largest
value.

    python benchmarks/tensors.py --data ../shared/data --out runs/tensors --max-minutes 5

A training that was stopped goes on; a figure that is in OUT/results is not computed again.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch
from once import once, plain, require_same, write_result
from peers.log import short_losses
from peers.networks import schnet
from peers.training import labelled, train
from peers.tuning import Sizes, best
from torch import Tensor

from torch_molfield.data import BundledTrajectories
from torch_molfield.data.datasets.bundled import Split
from torch_molfield.data.properties import find_targets, target_values
from torch_molfield.data.standard_orientation import orientations, principal_axes
from torch_molfield.evaluation.properties import predict_properties, predict_references
from torch_molfield.geometry.packed import PackedMolecules
from torch_molfield.geometry.smooth import segment_sum
from torch_molfield.models import PropertyMolField
from torch_molfield.nn.heads.references import PropertyModel, References
from torch_molfield.testing import random_rotations
from torch_molfield.training.tasks.density import DENSITY_MODEL

VALIDATION, TEST, TURNED = 1000, 2000, 200
#: Å^3; orientations that differ by less are one
SAME = 0.05


class ChargeNetwork(PropertyModel):
    """Dipoles Σ q_i x_i of charges that SchNet gives to atoms; of neutral molecules."""

    def __init__(self, width: int = 128, interactions: int = 6, cutoff: float = 10.0) -> None:
        super().__init__()
        self.network = schnet(1, width, interactions, cutoff)
        self.references = References(find_targets(["dipole"]))
        self.config = {"network": "SchNet", "targets": ["dipole"]}

    def forward(self, z: Tensor, pos: Tensor, batch: Tensor) -> dict[str, Tensor]:
        net = self.network
        edge_index, edge_weight = net.interaction_graph(pos, batch)
        edge_attr, h = net.distance_expansion(edge_weight), net.embedding(z)
        for interaction in net.interactions:
            h = h + interaction(h, edge_index, edge_weight, edge_attr)
        charge = net.lin2(net.act(net.lin1(h)))
        count = torch.bincount(batch)
        charge = charge - (segment_sum(charge, batch, len(count)) / count[:, None])[batch]
        return self.references({"dipole": segment_sum(charge * pos, batch, len(count))}, z, batch)


def packed_dipoles(part: Split) -> PackedMolecules:
    frames = BundledTrajectories().split(part)
    packed = PackedMolecules(frames)
    packed.rows = target_values(frames, find_targets(["dipole"]))
    return packed


def errors_of_tensors(predicted: Tensor, true: Tensor) -> dict[str, float]:
    """Whole, isotropic and traceless."""
    wrong = predicted - true
    level = wrong.diagonal(dim1=1, dim2=2).mean(1)
    rest = wrong - level[:, None, None] * torch.eye(3, dtype=wrong.dtype)
    parts = {"whole": wrong.flatten(1).norm(dim=1), "isotropic": level.abs(), "traceless": rest.flatten(1).norm(dim=1)}
    return {name: float(rows.mean()) for name, rows in parts.items()}


def doubts(predicted: Tensor, true: Tensor, packed: PackedMolecules) -> dict[str, float]:
    """How far the orientations that QM9's tensors were given are from those that a network would give them."""
    changes = []
    for k in range(len(packed)):
        z, pos, _ = packed.take(torch.tensor([k]))
        z, pos = z[None], pos[None].double()
        axes = principal_axes(z, pos)
        choices = orientations(axes.mT @ true[k : k + 1].double() @ axes, z, pos)[0]
        nearest = choices[(choices - predicted[k]).flatten(1).norm(dim=1).argmin()]
        changes.append((nearest - true[k]).norm())
    changed = torch.stack(changes)
    return {"doubtful": float((changed > SAME).double().mean()), "doubt": float(changed.mean())}


def turned(model: PropertyModel, packed: PackedMolecules) -> float:
    """How far predictions are from turning with the molecule, of the largest value; in float64."""
    model = model.double()
    z, pos, batch = packed.take(torch.arange(min(TURNED, len(packed))))
    rotation = random_rotations(1, seed=0)[0].double()
    with torch.no_grad():
        (still,) = model(z, pos.double(), batch).values()
        (moved,) = model(z, pos.double() @ rotation.T, batch).values()
    expected = still @ rotation.T if still.dim() == 2 else rotation @ still @ rotation.T
    return float((moved - expected).abs().max() / still.abs().max())


def polarizabilities(options: argparse.Namespace) -> dict:
    target, counts = "polarizability", {"train": options.size, "validation": VALIDATION, "test": TEST}
    sets = {part: labelled(options.data, part, count, [target]) for part, count in counts.items()}
    true = sets["test"].rows[target]

    def score(model: PropertyModel) -> dict:
        elements = errors_of_tensors(predict_references(model, sets["test"])[target], true)
        predicted = predict_properties(model, sets["test"])[target]
        return {**errors_of_tensors(predicted, true), **doubts(predicted, true, sets["test"]), "elements": elements}

    return {"MolField": learned("MolField", {"": partial(molfield, target)}, target, sets, score, options)}


def dipoles(options: argparse.Namespace) -> dict:
    parts: dict[str, Split] = {"train": "train", "validation": "frames", "test": "conformers"}
    sets = {name: packed_dipoles(part) for name, part in parts.items()}
    true = sets["test"].rows["dipole"]
    networks: dict[str, Sizes] = {
        "MolField": {"": partial(molfield, "dipole")},
        "charges": {"": ChargeNetwork, "small": partial(ChargeNetwork, 64, 3, 5.0)},
    }

    def score(model: PropertyModel) -> dict:
        return {"error": float((predict_properties(model, sets["test"])["dipole"] - true).norm(dim=1).mean())}

    found = {name: learned(name, sizes, "dipole", sets, score, options) for name, sizes in networks.items()}
    return {**found, "mean length": float(true.norm(dim=1).mean())}


def molfield(target: str) -> PropertyModel:
    return PropertyMolField(find_targets([target]), field=DENSITY_MODEL)


def learned(
    name: str,
    sizes: Sizes,
    target: str,
    sets: dict[str, PackedMolecules],
    score: Callable[[PropertyModel], dict],
    options: argparse.Namespace,
) -> dict:
    """Scores by seed, at the best size and rate."""
    size, rate = best(name, sizes, sets, target, options)

    def fitted(seed: int, run: str) -> dict:
        directory = options.out / f"final-{run}"
        model = train(sizes[size], sets["train"], rate, seed, options.max_minutes, directory, device=options.device)
        return {"size": size, "rate": rate, **score(model), "turned": turned(model, sets["test"])}

    found = {}
    for seed in options.seeds:
        run = f"{plain(name, size, target)}-{rate:g}-{seed}"
        scores = once(options.out, run, partial(fitted, seed, run))
        found[str(seed)] = {**scores, "losses": short_losses(options.out / f"final-{run}")}
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--size", type=int, default=5000, help="training molecules of QM9")
    parser.add_argument("--max-minutes", type=float, default=5.0, help="of one training")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--rates", type=float, nargs="+", default=[1e-3, 2e-3, 4e-3, 8e-3])
    parser.add_argument("--device", default="auto", help="Lightning's accelerator: auto, cpu, gpu")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    require_same(options.out, "tensors", options, "max_minutes", "size")
    result = {"polarizability": polarizabilities(options), "dipole": dipoles(options)}
    write_result(options.out / "tensors.json", options, result)


if __name__ == "__main__":
    main()
