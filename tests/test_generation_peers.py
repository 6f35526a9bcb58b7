"""benchmarks/generation_peers.py: every generator trains, and makes molecules of the sizes that are asked for."""

from __future__ import annotations

import importlib
import math
import sys
from pathlib import Path

import pytest
import torch

from tests.g2 import molecule
from torch_molfield.data import MolFieldData
from torch_molfield.geometry.united_atoms import Sites

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
#: the last has a number of atoms and a label that no other has
NAMES = ["CH3OH", "CH3CONH2", "C6H6", "CH3CH2OH", "H2O"]
TINY = {"hidden_channels": 8, "num_layers": 1}


@pytest.fixture
def peers(monkeypatch):
    """Imports a module of benchmarks/peers; what is imported from there is forgotten afterwards."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    yield lambda name: importlib.import_module(f"peers.{name}")
    for name, module in list(sys.modules.items()):
        if (getattr(module, "__file__", None) or "").startswith(str(BENCHMARKS)):
            del sys.modules[name]


@pytest.fixture
def molecules():
    return [MolFieldData(z=z, pos=pos.float()) for z, pos in map(molecule, NAMES)]


@pytest.mark.filterwarnings("ignore:.*are left out")
@pytest.mark.parametrize("name", ["ours", "edm", "atom flow", "latent"])
def test_every_generator(name, peers, molecules, tmp_path):
    generators = peers("generators")
    peer = generators.make_peers(edm_steps=5)[name]
    settings = {"batch_size": 4, "model": TINY | ({} if name == "edm" else {"num_heads": 2})}
    trainings = generators.Trainings(
        molecules[:4], molecules, tmp_path, [1e-3, 3e-3], {"max_steps": 4}, {"max_steps": 2}, settings
    )
    model, facts = trainings.run(name, peer, seed=0)
    for stage in facts["stages"].values():
        assert stage["parameters"] > 0 and all(math.isfinite(loss) for loss in stage["losses"].values())
        assert stage["steps"] == 4 / len(peer.stages) and len(stage["losses"]) == 2
        assert stage["rate"] == float(min(stage["losses"], key=stage["losses"].__getitem__))
    for sample in peer.samplers.values():
        found, seconds = generators.timed(sample, model, 3, 1)
        assert seconds > 0 and len(found) == 3
        assert all(bool(torch.isfinite(each.pos).all()) for each in found)
        assert {len(each.z) for each in found} <= {len(each.z) for each in molecules}
        assert {number for each in found for number in each.z.tolist()} <= {1, 6, 7, 8}
        again = sample(model, 3, 1)
        assert all(torch.equal(a.pos, b.pos) for a, b in zip(found, again, strict=True))
    # A second run finds all as it is.
    assert trainings.run(name, peer, seed=0)[1] == facts


def test_edm_schedule(peers):
    alpha = peers("edm").signal()
    assert len(alpha) == 1001
    assert float(alpha[0]) == pytest.approx(1 - 1e-5)
    assert float(alpha[500]) == pytest.approx((1 - 2e-5) * 0.75 + 1e-5)
    assert 0 < float(alpha[-1]) < 1e-3
    ratio = (alpha[1:] / alpha[:-1]).square()
    assert float(ratio.min()) >= 0.001 - 1e-9 and float(ratio.max()) < 1


@pytest.fixture
def edm(peers):
    torch.manual_seed(0)
    model = peers("edm").EDM([1, 6, 8], 9, hidden_channels=8, num_layers=2).double()
    for layer in model.layers:
        torch.nn.init.normal_(layer.length.weight, std=0.3)  # so that atoms move
    return model


def test_edm_with_turned_noise_makes_the_turned_molecule(edm):
    mask = torch.arange(9) < torch.tensor([9, 5])[:, None]
    normal = torch.randn(12, 2, 9, 3 + edm.features, dtype=torch.float64)
    turn = torch.linalg.qr(torch.randn(3, 3, dtype=torch.float64))[0]
    turned = torch.cat([normal[..., :3] @ turn.T, normal[..., 3:]], dim=-1)

    def made(noise):
        left = iter(noise)
        return edm.denoise(mask, lambda: next(left), steps=10)

    z, pos = made(normal)
    other, moved = made(turned)
    assert torch.equal(z, other)
    torch.testing.assert_close(moved, pos @ turn.T)
    assert float(pos.sum(1).abs().max()) < 1e-9 and float(pos[0].norm(dim=-1).min()) > 0
    assert float(pos[1, 5:].abs().max()) == 0


def test_edm_samples_what_a_network_that_knows_the_molecule_denoises(peers, molecules):
    edm = peers("edm")
    model = edm.EDM([1, 6, 8], 9)
    ethanol = molecules[3]
    mask = torch.ones(1, 9, dtype=torch.bool)
    clean = torch.cat([edm.centred(ethanol.pos[None], mask), model.features_of(ethanol.z[None])], dim=-1)

    def exact(noisy, step, mask):
        alpha = model.alpha[step.long()][:, None, None]
        return (noisy - alpha * clean) / (1 - alpha.square()).sqrt()

    model.forward = exact
    generator = torch.Generator().manual_seed(0)
    z, pos = model.denoise(mask, lambda: torch.randn(1, 9, 3 + model.features, generator=generator), steps=50)
    assert torch.equal(z[0], ethanol.z)
    torch.testing.assert_close(pos, clean[..., :3], rtol=0, atol=0.05)


@pytest.fixture
def autoencoder(peers, molecules):
    torch.manual_seed(0)
    table = peers("site_tables").site_table(molecules)
    model = peers("site_autoencoder").SiteAutoencoder(table.labels, 6, 12, num_heads=2, **TINY)
    return model, table


def test_labels_come_to_the_number_of_atoms(autoencoder):
    model, _ = autoencoder
    logits = torch.randn(20, 6, len(model.labels) + 1)
    wanted = torch.arange(1, 21)
    found = model.labels_of(logits, wanted)
    assert torch.equal(model.atoms[found].sum(1), wanted)
    free = logits.argmax(-1)
    number = model.atoms[free].sum(1)
    kept = free.masked_fill(free == len(model.labels), -1)
    assert torch.equal(model.labels_of(logits, number), kept)  # the likeliest of all have that number


def test_a_perfect_decoder_has_no_loss_in_whatever_order(autoencoder, peers):
    module = peers("site_autoencoder")
    model, table = autoencoder
    sites = table.take(torch.arange(len(table)))
    order = torch.tensor([4, 2, 0, 1, 5, 3])
    label = sites.label.masked_fill(sites.label < 0, len(model.labels))[:, order]
    logits = 50.0 * torch.nn.functional.one_hot(label, len(model.labels) + 1)
    slots = module.Slots(logits, sites.pos[:, order], sites.hydrogens[:, order][:, :, [0, 1, 2]])
    slot, target = module.match(slots, sites)
    assert torch.equal(target, label)
    rows = torch.arange(len(slot))[:, None]
    assert torch.equal(slots.pos[rows, slot][sites.mask], sites.pos[sites.mask])
    exact = sites.hydrogens
    full = exact.abs().sum((-1, -2)) > 0
    assert bool((module.hydrogen_errors(exact, exact) == 0).all())
    three = (exact.abs().sum(-1) > 0).all(-1)
    assert bool((module.hydrogen_errors(exact[:, :, [2, 0, 1]], exact)[three] == 0).all()) and bool(three.any())
    assert bool((module.hydrogen_errors(exact + 0.1, exact)[full] > 0).all())

    model.encode, model.decode = lambda sites: None, lambda latent: slots
    assert module.reconstruction(model, table) == {"labels": 1.0, "sites": 1.0, "rmsd": 0.0}
    model.decode = lambda latent: slots._replace(pos=slots.pos + 0.1)
    found = module.reconstruction(model, table)
    assert found["labels"] == 1 and found["sites"] == 0 and found["rmsd"] == pytest.approx(0.1 * 3**0.5, abs=1e-4)


def test_latents_do_not_depend_on_the_order_of_sites(autoencoder):
    model, table = autoencoder
    sites = table.take(torch.tensor([2]))
    order = torch.randperm(sites.label.shape[1])
    shuffled = Sites(*(column[:, order] for column in sites))
    latent = model.encode(sites).detach()
    torch.testing.assert_close(model.encode(shuffled).detach(), latent)
    assert float(latent.mean()) == pytest.approx(0, abs=1e-5) and float(latent.var()) == pytest.approx(1, abs=0.01)
