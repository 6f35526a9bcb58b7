"""Dipole vectors and polarizability tensors: read off generated functions in the canonical frame and turned back.

Polarizabilities: ``--size`` molecules of QM9 to train, 2 000 unseen. *elements*: what a reference of every element,
fitted to the training molecules, says. Dipoles: the bundled trajectories, of each the beginnings of three replicas to
train, the fourth unseen. *charges*: PyG's SchNet gives every atom a charge, less their mean, and the dipole is
Σ q_i x_i; trained for the same time. The rates are those that did best in the development.

Errors are means of |μ̂ − μ| in e Å, and of the Frobenius norm of α̂ − α, of |tr(α̂ − α)| / 3 and of the norm of its
traceless part in Å^3. *turned*: the largest difference between what is predicted of turned molecules and what is
predicted of molecules and turned, relative to the largest value.

    python benchmarks/tensors.py --data ../shared/data --out runs/tensors --max-minutes 5

A training that was stopped goes on; a figure that is in OUT/results is not computed again.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from once import once, write_result
from peers.graphs import interaction_graph
from peers.training import labelled, train
from torch import Tensor
from torch_geometric.nn import SchNet

from torch_molfield.data import BundledTrajectories
from torch_molfield.data.datasets.bundled import Split
from torch_molfield.geometry.smooth import segment_sum
from torch_molfield.models import PropertyMolField
from torch_molfield.nn.references import PropertyModel, References
from torch_molfield.testing import random_rotations
from torch_molfield.training import predict_properties
from torch_molfield.training.density import DENSITY_MODEL
from torch_molfield.training.packed import PackedMolecules
from torch_molfield.training.property_evaluation import predict_references
from torch_molfield.training.targets import find_targets, target_values

TEST, TURNED = 2000, 200


class ChargeNetwork(PropertyModel):
    """Dipoles Σ q_i x_i of charges that SchNet gives to atoms; of neutral molecules."""

    def __init__(self) -> None:
        super().__init__()
        self.network = SchNet(
            hidden_channels=128, num_filters=128, num_interactions=6, interaction_graph=interaction_graph(10.0)
        )
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
    sets = {p: labelled(options.data, p, n, ["polarizability"]) for p, n in (("train", options.size), ("test", TEST))}
    true = sets["test"].rows["polarizability"]

    def fitted(seed: int) -> dict:
        model = train(
            lambda: PropertyMolField(find_targets(["polarizability"]), field=DENSITY_MODEL),
            sets["train"],
            2e-3,
            seed,
            options.max_minutes,
            options.out / f"polarizability-{seed}",
        )
        found = errors_of_tensors(predict_properties(model, sets["test"])["polarizability"], true)
        said = predict_references(model, sets["test"])
        elements = errors_of_tensors(said["polarizability"], true)
        return {"MolField": found, "elements": elements, "turned": turned(model, sets["test"])}

    return {str(seed): once(options.out, f"polarizability-{seed}", lambda s=seed: fitted(s)) for seed in options.seeds}


def dipoles(options: argparse.Namespace) -> dict:
    sets = {"train": packed_dipoles("train"), "test": packed_dipoles("conformers")}
    true = sets["test"].rows["dipole"]
    networks = {
        "MolField": (lambda: PropertyMolField(find_targets(["dipole"]), field=DENSITY_MODEL), 2e-3),
        "charges": (ChargeNetwork, 1e-3),
    }

    def fitted(name: str, seed: int) -> dict:
        directory = options.out / f"dipole-{name}-{seed}"
        make, rate = networks[name]
        model = train(make, sets["train"], rate, seed, options.max_minutes, directory)
        wrong = (predict_properties(model, sets["test"])["dipole"] - true).norm(dim=1)
        return {"error": float(wrong.mean()), "turned": turned(model, sets["test"])}

    found = {
        name: {str(s): once(options.out, f"dipole-{name}-{s}", lambda n=name, s=s: fitted(n, s)) for s in options.seeds}
        for name in networks
    }
    return {**found, "mean length": float(true.norm(dim=1).mean())}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--size", type=int, default=5000, help="training molecules of QM9")
    parser.add_argument("--max-minutes", type=float, default=5.0, help="of one training")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    result = {"polarizability": polarizabilities(options), "dipole": dipoles(options)}
    write_result(options.out / "tensors.json", options, result)


if __name__ == "__main__":
    main()
