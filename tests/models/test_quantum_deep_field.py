import pytest
import torch

from torch_molfield.data.properties import Target
from torch_molfield.geometry.atom_grids import ball_grid, shell_grid
from torch_molfield.models import QuantumDeepField
from torch_molfield.nn.qdf import lcao, molecule_block
from torch_molfield.nn.qdf.orbital_basis import EXPONENTS
from torch_molfield.testing import molecule, random_rotations

MODES = ("faithful", "quadrature")
NAMES = ("H2O", "CH4", "CO2")


def make(mode, **changes):
    torch.manual_seed(0)
    model = QuantumDeepField(mode, (1, 6, 7, 8), **{"width": 12, "layers": 2, **changes})
    with torch.no_grad():
        model.functional.out.weight.normal_()
        exponents = torch.empty_like(model.basis.zeta).uniform_(0.6, 2.0)
        model.basis.zeta.copy_(EXPONENTS.free(exponents) if mode == "quadrature" else exponents)
    return model.double().eval()


def batch_of(names):
    parts = [molecule(name) for name in names]
    batch = torch.arange(len(parts)).repeat_interleave(torch.tensor([len(z) for z, _ in parts]))
    return torch.cat([z for z, _ in parts]), torch.cat([pos for _, pos in parts]), batch


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("cells", [1 << 17, 200])
def test_a_batch_is_its_molecules_however_it_is_cut(mode, cells, monkeypatch):
    model = make(mode)
    alone = torch.cat([model(*molecule(name)) for name in NAMES])
    for module in (lcao, molecule_block):
        monkeypatch.setattr(module, "CELLS", cells)
    torch.testing.assert_close(model(*batch_of(NAMES)), alone)
    assert alone.dtype == torch.float64 and alone.shape == (3,)


@pytest.mark.parametrize("mode", MODES)
def test_order_and_place_do_not_matter(mode):
    model, (z, pos) = make(mode), molecule("NH3")
    order = torch.tensor([2, 0, 3, 1])
    torch.testing.assert_close(model(z[order], pos[order] + 7.0), model(z, pos))


@torch.no_grad()
def changes(model, grid, other):
    """By pose, by turned points and by other points, eV."""
    z, pos = molecule("CH4")
    turn = random_rotations(1, seed=3)[0]
    value = model(z, pos, grid=grid)
    moved = [model(z, pos @ turn.T, grid=grid), model(z, pos, grid=grid, turns=turn.expand(5, 3, 3))]
    return [float((each - value).abs()) for each in [*moved, model(z, pos, grid=other)]]


def test_quadrature_converges_to_an_integral():
    model = make("quadrature")
    coarse = changes(model, shell_grid(8, 9), shell_grid(10, 9))
    fine = changes(model, shell_grid(20, 23), shell_grid(24, 23, 5.0))
    assert max(fine) < 1e-4 < min(coarse)


@torch.no_grad()
def test_angular_functions():
    model = make("quadrature", angular=True)
    # directed functions of symmetric and of linear molecules too, by an integral that is independent of the pose
    for name in ("CH4", "CO2", "NH3"):
        z, pos = molecule(name)
        turn, grid = random_rotations(1, seed=3)[0], shell_grid(20, 29, 5.0)
        torch.testing.assert_close(model(z, pos @ turn.T, grid=grid), model(z, pos, grid=grid), rtol=1e-5, atol=1e-5)
        (block,) = model.blocks(z, pos, grid=ball_grid())
        parts = model.functions(block, grid).points
        electrons = sum(float((part.weight * psi.square().sum(-1)).sum()) for part, psi in parts)
        assert electrons == pytest.approx(float(z.sum()), abs=1e-3)


def test_the_published_sum_depends_on_pose_and_points():
    assert min(changes(make("faithful"), ball_grid(), ball_grid(0.775, 0.31))) > 1e-3


@pytest.mark.parametrize("mode", [*MODES, "angular"])
def test_all_weights_learn(mode):
    model = make("quadrature", angular=True) if mode == "angular" else make(mode)
    z, pos, batch = batch_of(NAMES)
    error = sum(part.sum() for block in model.blocks(z, pos, batch) for part in model.potential_error(block))
    (model(z, pos, batch).sum() + error).backward()
    missing = [name for name, p in model.named_parameters() if p.grad is None or not bool(p.grad.abs().sum() > 0)]
    # W Σ w_p F: the derivative by the bias of an output that is summed is 1
    assert missing == []


@pytest.mark.parametrize("mode", MODES)
def test_several_targets(mode):
    targets = [Target("homo", unit="eV"), Target("lumo", unit="eV"), Target("U0", extensive=True)]
    model = make(mode, targets=targets)
    values = model(*batch_of(NAMES))
    assert values.shape == (3, 3)
    # two copies far apart: means stay, sums double (but for the published bias and its normalisation over all)
    if mode == "quadrature":
        z, pos = molecule("H2O")
        twice = model(torch.cat([z, z]), torch.cat([pos, pos + 50]))
        torch.testing.assert_close(twice[0], values[0] * torch.tensor([1.0, 1.0, 2.0], dtype=torch.float64))


def test_charge_changes_the_number_of_electrons():
    model, (z, pos) = make("quadrature"), molecule("NH3")
    neutral, cation = model(z, pos), model(z, pos, charge=torch.tensor([1]))
    assert float((neutral - cation).detach().abs()) > 1e-3
    (block,) = model.blocks(z, pos, charge=torch.tensor([1]))
    with torch.no_grad():
        points = model.functions(block).points
        electrons = sum(float((part.weight * psi.square().sum(-1)).sum()) for part, psi in points)
    assert electrons == pytest.approx(9, abs=1e-3)


@pytest.mark.parametrize("mode", MODES)
def test_back_from_disk(mode, tmp_path):
    model = make(mode, grid={"spacing": 0.4} if mode == "faithful" else {"shells": 6}).float()
    again = QuantumDeepField.from_pretrained(model.save_pretrained(tmp_path))
    assert again.config == model.config
    z, pos, batch = batch_of(NAMES)
    assert torch.equal(again(z, pos.float(), batch), model(z, pos.float(), batch))


class TestBadInput:
    def test_settings(self):
        with pytest.raises(ValueError, match="mode 'exact' is unknown"):
            QuantumDeepField("exact")
        with pytest.raises(ValueError, match="'dipole' is a vector"):
            QuantumDeepField(targets=[Target("dipole", "vector")])
        with pytest.raises(ValueError, match="have no angular parts"):
            QuantumDeepField("faithful", angular=True)
        with pytest.raises(ValueError, match="up to Kr"):
            QuantumDeepField(elements=(1, 53))

    def test_elements_without_orbitals(self):
        with pytest.raises(ValueError, match="molecule 0 .* without orbitals in the table: F, Cl, Br"):
            make("faithful")(*molecule("R-CHFClBr"))

    def test_close_atoms(self):
        with pytest.raises(ValueError, match=r"atoms 1 and 3 \(molecule 1 of the batch\) are closer than 0.1 Å"):
            make("faithful")(
                torch.tensor([1, 8, 1, 1]),
                torch.tensor([[0.0, 0, 0], [0, 0, 0], [1, 0, 0], [0, 0.09, 0]]),
                torch.tensor([0, 1, 1, 1]),
            )

    def test_charges(self):
        z, pos = molecule("H2")
        with pytest.raises(ValueError, match="molecule 0 of the batch keeps 0 electrons"):
            make("quadrature")(z, pos, charge=torch.tensor([2.0]))
        with pytest.raises(ValueError, match="2 values for 1 molecules"):
            make("quadrature")(z, pos, charge=torch.tensor([0.0, 1.0]))
