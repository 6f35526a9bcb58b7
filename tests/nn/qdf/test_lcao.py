import pytest
import torch

from torch_molfield.geometry.atom_grids import ball_grid, shell_grid
from torch_molfield.nn.qdf import lcao, molecule_block
from torch_molfield.nn.qdf.directed_basis import DirectedBasis
from torch_molfield.nn.qdf.lcao import LCAO
from torch_molfield.nn.qdf.molecule_block import make_blocks
from torch_molfield.nn.qdf.orbital_basis import OrbitalBasis
from torch_molfield.testing import molecule

WIDTH = 12


def make(smooth, *names):
    torch.manual_seed(0)
    parts = [molecule(name) for name in names]
    z, pos = torch.cat([z for z, _ in parts]), torch.cat([pos for _, pos in parts])
    batch = torch.arange(len(parts)).repeat_interleave(torch.tensor([len(z) for z, _ in parts]))
    electrons = torch.tensor([float(z.sum()) for z, _ in parts])
    grid = shell_grid(20, 29, 6.5) if smooth else ball_grid()
    # of a small grid, so that all molecules come in one block
    (block,) = make_blocks(z, pos, batch, electrons, torch.float64, ball_grid())
    return LCAO(OrbitalBasis((1, 6, 7, 8), smooth), WIDTH).double(), block, grid


def squares(functions):
    return sum(torch.einsum("bp,bpd->bd", part.weight, psi.square()) for part, psi in functions.points)


@pytest.mark.parametrize("smooth", [False, True])
def test_every_function_holds_its_share_of_the_electrons(smooth):
    model, block, grid = make(smooth, "H2O", "CH4")
    with torch.no_grad():
        found = squares(model(block, grid))
    expected = (block.electrons / WIDTH)[:, None].expand(-1, WIDTH)
    torch.testing.assert_close(found, expected.double(), rtol=1e-4 if smooth else 1e-12, atol=0)


@pytest.mark.parametrize("smooth", [False, True])
def test_parts_do_not_change_the_result(smooth, monkeypatch):
    model, block, grid = make(smooth, "NH3")
    with torch.no_grad():
        whole = model(block, grid)
        expected, parts = squares(whole), len(list(whole.points))
        for module in (lcao, molecule_block):
            monkeypatch.setattr(module, "CELLS", 300)
        monkeypatch.setattr(lcao, "OVERLAPS", 50)
        cut = model(block, grid)
        assert len(list(cut.points)) > parts
        torch.testing.assert_close(cut.amplitudes, whole.amplitudes)
        torch.testing.assert_close(squares(cut), expected)


@pytest.mark.parametrize("smooth", [False, True])
def test_a_batch_is_its_molecules(smooth):
    model, block, grid = make(smooth, "H2O", "CH4")
    with torch.no_grad():
        together = model(block, grid).amplitudes
        for row, name in enumerate(("H2O", "CH4")):
            _, alone, _ = make(smooth, name)
            count = int(model.basis.orbitals(alone.z).present.sum())
            torch.testing.assert_close(together[row, :count], model(alone, grid).amplitudes[0])


def test_padding_has_no_amplitude():
    model, block, grid = make(True, "H2O", "CH4")
    functions = model(block, grid)
    assert float(functions.amplitudes.detach()[~functions.orbitals.present].abs().max()) == 0


def test_in_training_electrons_are_right_to_the_digits_of_the_points():
    torch.manual_seed(0)
    made, found = LCAO(DirectedBasis((1, 6, 7, 8)), 6), []
    z, pos = molecule("CO2")
    (block,) = make_blocks(z, pos, torch.zeros_like(z), z.sum()[None].double(), torch.float32, shell_grid(24, 29, 5.5))
    for mode in (True, False):
        parts = made.train(mode)(block, shell_grid(24, 29, 5.5)).points
        found.append(float(sum((part.weight * psi.square().sum(-1)).sum() for part, psi in parts).detach()))
    assert found == pytest.approx([22.0, 22.0], abs=1e-3)
    assert found[0] == pytest.approx(found[1], abs=1e-4)
