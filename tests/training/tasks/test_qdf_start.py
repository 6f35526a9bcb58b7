import pytest
import torch

from torch_molfield.data import BundledTrajectories
from torch_molfield.geometry.atom_grids import shell_grid
from torch_molfield.geometry.packed import PackedMolecules
from torch_molfield.models import QuantumDeepField
from torch_molfield.training.tasks.qdf_start import whiten_functional


@pytest.fixture(scope="module")
def packed():
    return PackedMolecules([BundledTrajectories(name)[0] for name in ("ethanol", "glycine", "benzene", "water_dimer")])


@torch.no_grad()
def test_activations_begin_standardised(packed):
    torch.manual_seed(0)
    model = QuantumDeepField(width=12, layers=3)
    whiten_functional(model, packed)
    # points that were not looked at
    grid = shell_grid(12, 11, 4.0)
    parts = [
        (part.weight * psi.square().sum(-1), psi)
        for block in model.blocks(*packed.take(torch.arange(4)), grid=grid)
        for part, psi in model.functions(block, grid).points
    ]
    weight = torch.cat([w.flatten() for w, _ in parts])
    hidden = torch.cat([psi.flatten(0, 1) for _, psi in parts]) * 12**0.5
    for layer in model.functional.layers:
        entering = layer(hidden)
        mean = weight @ entering / weight.sum()
        spread = (weight @ (entering - mean).square() / weight.sum()).sqrt()
        assert float(mean.abs().max()) < 0.3
        assert float(spread.min()) > 0.7 and float(spread.max()) < 1.4
        hidden = torch.nn.functional.silu(entering)


def test_a_model_without_layers(packed):
    model = QuantumDeepField(width=12, layers=0)
    whiten_functional(model, packed)
    assert not model.functional.out.weight.any()
    assert model.functional.mean.any()


@torch.no_grad()
def test_what_is_read_begins_standardised():
    names = ("ethanol", "glycine", "benzene")
    molecules = PackedMolecules([frame for name in names for frame in BundledTrajectories(name)[:20]])
    torch.manual_seed(0)
    model = QuantumDeepField(width=4, layers=1)
    whiten_functional(model, molecules)
    read = []
    for block in model.blocks(*molecules.take(torch.arange(60))):
        found = [model.functional(psi, part.weight) for part, psi in model.functions(block).points]
        sums, measure = (torch.stack(column).sum(0) for column in zip(*found, strict=True))
        read.append((block.number, (sums - model.functional.mean * measure[:, None]) @ model.functional.mixing))
    number, rows = (torch.cat(column) for column in zip(*read, strict=True))
    rows = rows[torch.argsort(number)].unflatten(0, (3, 20))
    # three molecules of three elements: their composition explains their means
    rest = (rows - rows.mean(1, keepdim=True)).flatten(0, 1) * 4 / float(molecules.start.diff().double().mean())
    covariance = rest.T @ rest / 60
    assert float(covariance[-1, -1]) == pytest.approx(1, abs=0.15)
    assert float((covariance - torch.diag(covariance.diagonal())).abs().max()) < 0.3
