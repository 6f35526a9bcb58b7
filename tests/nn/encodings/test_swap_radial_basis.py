import copy
import importlib.util
import io
import math

import pytest
import torch
import torch_geometric.nn.models.dimenet as dimenet
import torch_geometric.nn.models.visnet as visnet
from torch_geometric.nn import DimeNet, DimeNetPlusPlus, SchNet, ViSNet

from torch_molfield.geometry.neighbors import neighbor_pairs
from torch_molfield.geometry.ragged import expand_ranges, row_pointers
from torch_molfield.nn import (
    AtomTrunk,
    ClusterTrunk,
    RegularizedPositionalEncoding,
    SphericalEncoding,
    swap_radial_basis,
)

needs_torchmdnet = pytest.mark.skipif(not importlib.util.find_spec("torchmdnet"), reason="torchmdnet is not installed")


def edges(pos, r, batch=None, **_):
    """What torch-cluster gives."""
    target, source = neighbor_pairs(pos, pos, r, batch, batch)
    return torch.stack([source, target])[:, source != target]


def edges_and_loops(pos, r, batch=None, **_):
    return torch.stack(neighbor_pairs(pos, pos, r, batch, batch)[::-1])


def triplets(edge_index, num_nodes):
    """What torch-sparse gives."""
    source, target = edge_index
    pointers = row_pointers(target, num_nodes)
    ji, kj = expand_ranges(pointers[source], pointers[source + 1])
    keep = target[ji] != source[kj]
    ji, kj = ji[keep], kj[keep]
    return target, source, target[ji], source[ji], source[kj], kj, ji


def graph(pos, batch):
    found = edges(pos, 6.0, batch)
    return found, (pos[found[0]] - pos[found[1]]).norm(dim=1)


@pytest.fixture(autouse=True)
def neighbours(monkeypatch):
    monkeypatch.setattr(dimenet, "radius_graph", edges)
    monkeypatch.setattr(dimenet, "triplets", triplets)
    monkeypatch.setattr(visnet, "radius_graph", edges_and_loops)


def schnet():
    return SchNet(16, 16, 1, 50, 6.0, interaction_graph=graph)


def dimenetpp():
    settings = {"int_emb_size": 8, "basis_emb_size": 4, "out_emb_channels": 16, "num_spherical": 3, "num_radial": 4}
    return DimeNetPlusPlus(16, 1, 1, output_initializer="glorot_orthogonal", **settings)


def plain_dimenet():
    return DimeNet(16, 1, 1, 4, 2, 3, output_initializer="glorot_orthogonal")


def vis():
    return ViSNet(num_layers=1, hidden_channels=16, num_heads=2, num_rbf=32)


def torchmd():
    from torchmdnet.models.torchmd_et import TorchMD_ET

    return TorchMD_ET(hidden_channels=16, num_layers=1, num_rbf=32, num_heads=2)


def trunk():
    return AtomTrunk(16, 4, 2)


def cluster_trunk():
    return ClusterTrunk(16, 4, 1)


HOSTS = [schnet, dimenetpp, plain_dimenet, vis, pytest.param(torchmd, marks=needs_torchmdnet), trunk, cluster_trunk]


@pytest.fixture(scope="module")
def made():
    return {}


@pytest.fixture(params=HOSTS)
def pair(request, made):
    """A host and its swapped copy; sympy takes a while for DimeNet's."""
    if request.param not in made:
        torch.manual_seed(0)
        host = request.param().eval()
        made[request.param] = host, swap_radial_basis(copy.deepcopy(host))
    return copy.deepcopy(made[request.param])


def answer(model, z, pos, batch):
    found = model(z, pos, batch)
    return found[0] if isinstance(found, tuple) else found


class TestSwappedModels:
    def test_they_begin_as_the_original(self, pair, atoms):
        z, pos, batch = atoms
        pos = pos.float().requires_grad_()
        before, after = (answer(model, z, pos, batch) for model in pair)
        weights = torch.randn(before.shape, generator=torch.Generator().manual_seed(0))
        slopes = [torch.autograd.grad((weights * out).sum(), pos)[0] for out in (before, after)]
        assert (after - before).abs().max() < 1e-2 * before.square().mean().sqrt()
        assert (slopes[1] - slopes[0]).abs().max() < 2e-2 * slopes[0].square().mean().sqrt()
        assert not torch.equal(before, after)

    def test_their_tables_learn(self, pair, atoms):
        z, pos, batch = atoms
        swapped = pair[1]
        answer(swapped, z, pos.float(), batch).square().sum().backward()
        tables = [m.table for m in swapped.modules() if isinstance(m, RegularizedPositionalEncoding)]
        assert tables
        assert all(table.grad.abs().sum() > 0 for table in tables)

    def test_they_are_saved_and_loaded(self, pair, atoms):
        z, pos, batch = atoms
        host, swapped = pair
        for parameter in swapped.parameters():
            parameter.data.mul_(1.01)
        file = io.BytesIO()
        torch.save(swapped.state_dict(), file)
        file.seek(0)
        fresh = swap_radial_basis(host)
        fresh.load_state_dict(torch.load(file, weights_only=True))
        expected = answer(swapped, z, pos.float(), batch)
        assert torch.equal(answer(fresh, z, pos.float(), batch), expected)

    def test_they_are_reset_to_the_basis(self, pair):
        swapped = pair[1]
        tables = {n: m for n, m in swapped.named_modules() if isinstance(m, RegularizedPositionalEncoding)}
        before = {name: encoding.table.detach().clone() for name, encoding in tables.items()}
        for name, encoding in tables.items():
            encoding.table.data.add_(1.0)
            encoding.reset_parameters()
            assert torch.equal(encoding.table, before[name])


class TestHowItSwaps:
    def test_settings_reach_every_encoding(self):
        model = swap_radial_basis(dimenetpp(), knots=60, weight=0.5, order=1)
        made = [m for m in model.modules() if isinstance(m, RegularizedPositionalEncoding)]
        assert [m.channels for m in made] == [4, 12, 3]
        assert {(m.grid.count, m.weight, m.order, m.rate) for m in made} == {(60, 0.5, 1, 0.3)}
        assert [m.grid.envelope for m in made] == [True, True, False]
        assert [m.grid.even for m in made] == [False, False, True]

    def test_a_network_deep_in_a_model_is_found(self):
        model = torch.nn.ModuleDict({"a": torch.nn.Sequential(schnet()), "b": trunk()})
        assert swap_radial_basis(model) is model
        assert isinstance(model["a"][0].distance_expansion, RegularizedPositionalEncoding)
        assert isinstance(model["b"].distance_expansion, RegularizedPositionalEncoding)

    def test_a_subclass_is_known(self):
        class Mine(SchNet):
            pass

        assert isinstance(swap_radial_basis(Mine()).distance_expansion, RegularizedPositionalEncoding)

    @pytest.mark.filterwarnings("ignore")  # of torch.compile, where PyG's code makes it stop; with any basis
    def test_it_compiles(self, atoms):
        """The network with its encoding; how neighbours are found is the user's own."""
        z, pos, batch = atoms
        torch.manual_seed(0)
        found = graph(pos.float(), batch)
        model = swap_radial_basis(SchNet(16, 16, 1, 50, 6.0, interaction_graph=lambda *_: found))
        compiled = torch.compile(model, backend="aot_eager", dynamic=True)
        torch.testing.assert_close(compiled(z, pos.float(), batch), model(z, pos.float(), batch))

    def test_type_of_the_model(self, atoms):
        z, pos, batch = atoms
        model = swap_radial_basis(schnet().double())
        assert model.distance_expansion.table.dtype == torch.float64
        assert model(z, pos, batch).dtype == torch.float64

    def test_dimenet_keeps_its_end_at_the_cutoff(self):
        model = swap_radial_basis(dimenetpp())
        assert isinstance(model.sbf, SphericalEncoding)
        torch.nn.init.normal_(model.rbf.table)
        assert model.rbf(torch.tensor([model.cutoff])).abs().max() == 0

    @pytest.mark.skipif(not importlib.util.find_spec("schnetpack"), reason="schnetpack is not installed")
    @pytest.mark.parametrize("kind", ["GaussianRBF", "BesselRBF"])
    def test_schnetpack_painn(self, kind):
        schnetpack = pytest.importorskip("schnetpack", exc_type=ImportError)
        torch.manual_seed(0)
        basis = getattr(schnetpack.nn, kind)(20, 5.0)
        host = schnetpack.representation.PaiNN(16, 2, basis, schnetpack.nn.CosineCutoff(5.0))
        pairs = torch.tensor([[0, 1], [0, 2], [1, 0], [2, 0]])
        inputs = {"_atomic_numbers": torch.tensor([8, 1, 1]), "_Rij": 0.7 + torch.rand(4, 3)}
        inputs |= {"_idx_i": pairs[:, 0], "_idx_j": pairs[:, 1]}
        before = host(dict(inputs))["scalar_representation"]
        after = swap_radial_basis(host)(dict(inputs))["scalar_representation"]
        assert isinstance(host.radial_basis, RegularizedPositionalEncoding)
        torch.testing.assert_close(after, before, atol=1e-2, rtol=1e-2)


class TestBadInput:
    def test_an_unknown_network_is_told_the_known_ones(self):
        with pytest.raises(ValueError, match=r"no network in Linear .*SchNet.*DimeNet.*ViSNet.*from_basis"):
            swap_radial_basis(torch.nn.Linear(3, 3))

    def test_swapping_twice(self):
        model = swap_radial_basis(schnet())
        with pytest.raises(ValueError, match=r"is an encoding already; .* resampled\(\)"):
            swap_radial_basis(model)

    def test_too_few_knots_for_the_tolerance_leave_the_model_alone(self):
        model = dimenetpp()
        with pytest.raises(ValueError, match="6 knots come within"):
            swap_radial_basis(model, knots=6)
        assert type(model.rbf).__name__ == "BesselBasisLayer"
        assert swap_radial_basis(model, knots=6, tolerance=math.inf).rbf.grid.count == 6

    @pytest.mark.parametrize(
        ("settings", "sentence"),
        [
            ({"knots": 3}, "knots must be at least 4"),
            ({"weight": -0.1}, "weight must be"),
            ({"kernel": "round"}, "'round' is unknown"),
            ({"tolerance": 0.0}, "tolerance must be positive"),
        ],
    )
    def test_settings(self, settings, sentence):
        with pytest.raises(ValueError, match=sentence):
            swap_radial_basis(schnet(), **settings)

    def test_edges_beyond_the_cutoff(self, atoms):
        z, pos, batch = atoms
        model = SchNet(16, 16, 2, 50, 1.0, interaction_graph=graph)
        with pytest.raises(ValueError, match=r"outside of \[0, 1\]"):
            swap_radial_basis(model, tolerance=math.inf)(z, pos.float(), batch)

    def test_atoms_on_top_of_each_other(self):
        model, pos = swap_radial_basis(dimenetpp()), torch.tensor([[0.0, 0, 0], [0.1, 0, 0]])
        with pytest.raises(ValueError, match=r"outside of \[0\.5, 5\]"):
            model(torch.tensor([6, 6]), pos, torch.zeros(2, dtype=torch.long))

    def test_a_swapped_model_of_other_knots(self):
        state = swap_radial_basis(schnet(), knots=197).state_dict()
        with pytest.raises(RuntimeError, match=r"table is of 197 knots .* this encoding has 393"):
            swap_radial_basis(schnet(), knots=393).load_state_dict(state)
