import math

import pytest
import torch
from torch.autograd import gradcheck, gradgradcheck
from torch_geometric.nn.models.dimenet import BesselBasisLayer
from torch_geometric.nn.models.schnet import GaussianSmearing
from torch_geometric.nn.models.visnet import ExpNormalSmearing

from torch_molfield.nn import RegularizedPositionalEncoding
from torch_molfield.nn.common.spline_kernels import KERNELS


def random(channels=3, low=0.0, high=5.0, **settings):
    torch.manual_seed(0)
    made = RegularizedPositionalEncoding(channels, low, high, **{"knots": 8, **settings})
    torch.nn.init.normal_(made.table)
    return made


class TestValues:
    def test_shapes_and_type(self):
        encoding = random()
        x = 5 * torch.rand(2, 7)
        assert encoding(x).shape == (2, 7, 3)
        assert encoding(x).dtype == torch.float32
        assert encoding(x.double()).dtype == torch.float64
        assert encoding(torch.zeros(0)).shape == (0, 3)
        torch.testing.assert_close(encoding(x.double()).float(), encoding(x), atol=1e-5, rtol=1e-5)

    @pytest.mark.parametrize("kernel", KERNELS)
    def test_a_constant_table_is_a_constant(self, kernel):
        encoding = random(kernel=kernel)
        torch.nn.init.constant_(encoding.table, 2.0)
        torch.testing.assert_close(encoding(5 * torch.rand(50)), torch.full((50, 3), 2.0))

    def test_only_four_rows_have_a_part(self):
        encoding = random(knots=30)
        rows = torch.autograd.grad(encoding(torch.tensor([2.03])).sum(), encoding.table)[0].abs().sum(1).nonzero()
        assert len(rows) == 4
        assert rows.max() - rows.min() == 3

    @pytest.mark.parametrize("kernel", ["cubic", "gaussian"])
    def test_exact_derivatives_across_knots(self, kernel):
        encoding = random(kernel=kernel, envelope=True).double()
        knots = torch.linspace(0, 5, 8, dtype=torch.float64)
        x = torch.cat([knots[1:-1], knots[:-1] + 0.3]).requires_grad_()
        assert gradcheck(encoding, (x,), atol=1e-6)
        assert gradgradcheck(encoding, (x,), atol=1e-4)

    def test_two_derivatives_do_not_jump(self):
        encoding = random(knots=6).double()
        x = torch.linspace(0, 5, 6, dtype=torch.float64)[1:-1]
        sides = []
        for side in (-1e-7, 1e-7):
            place = (x + side).requires_grad_()
            value = encoding(place)
            first = torch.autograd.grad(value.sum(), place, create_graph=True)[0]
            sides.append((value, first, torch.autograd.grad(first.sum(), place)[0]))
        for before, after in zip(*sides, strict=True):
            torch.testing.assert_close(before, after, atol=1e-4, rtol=1e-4)

    def test_the_envelope_ends_smoothly(self):
        encoding = random(envelope=True).double()
        x = torch.tensor([5.0 - 1e-4, 5.0, 6.0], dtype=torch.float64, requires_grad=True)
        value = encoding(x)
        first = torch.autograd.grad(value.abs().sum(), x, create_graph=True)[0]
        assert value.abs().max() < 1e-10
        assert first.abs().max() < 1e-5
        assert torch.equal(value[1:], torch.zeros(2, 3, dtype=torch.float64))

    def test_even_ends_have_no_slope(self):
        encoding = random(low=0.0, high=math.pi, even=True).double()
        assert len(encoding.table) == 8
        x = torch.tensor([0.0, math.pi], dtype=torch.float64, requires_grad=True)
        for channel in encoding(x).unbind(1):
            assert torch.autograd.grad(channel.sum(), x, retain_graph=True)[0].abs().max() < 1e-12

    def test_under_autocast_it_is_float32(self):
        encoding, x = random(), 5 * torch.rand(20)
        with torch.autocast("cpu", torch.bfloat16):
            found, coarse = encoding(x), encoding(x.bfloat16())
        assert torch.equal(found, encoding(x))
        assert coarse.dtype == torch.float32
        torch.testing.assert_close(coarse, encoding(x.bfloat16().float()))

    def test_it_compiles_in_one_graph(self):
        encoding, x = random(envelope=True), 5 * torch.rand(20)
        compiled = torch.compile(encoding, fullgraph=True, backend="aot_eager")
        torch.testing.assert_close(compiled(x), encoding(x))
        found, expected = (torch.autograd.grad(f(x).square().sum(), encoding.table)[0] for f in (compiled, encoding))
        torch.testing.assert_close(found, expected)


class TestPenalty:
    @pytest.mark.parametrize(("order", "power"), [(1, 0), (2, 1)])
    def test_polynomials_below_the_order_cost_nothing(self, order, power):
        encoding = random(order=order, weight=1.0)
        knots = torch.arange(-1.0, 9.0)
        encoding.table.data = (3 * knots**power)[:, None].expand(-1, 3).clone()
        assert float(encoding.regularization().detach()) < 1e-9
        encoding.table.data = (knots ** (power + 1))[:, None].expand(-1, 3).clone()
        assert float(encoding.regularization().detach()) > 0.1

    def test_it_is_the_mean_square_derivative(self):
        """Of the parabola a x², the second derivative is 2a everywhere, whatever the spacing."""
        for knots in (6, 31):
            encoding = random(knots=knots, weight=0.5)
            x = encoding.grid.spacing * torch.arange(-1.0, knots + 1)
            encoding.table.data = (1.5 * x**2)[:, None].expand(-1, 3).clone()
            assert float(encoding.regularization().detach()) == pytest.approx(0.5 * 9.0, rel=1e-3)

    def test_mirrored_ends_count(self):
        encoding = random(even=True, order=1, weight=1.0)
        assert torch.isfinite(encoding.regularization())
        encoding.regularization().backward()
        assert (encoding.table.grad.abs().sum(1) > 0).all()

    def test_weight_zero_is_no_penalty(self):
        assert float(random().regularization().detach()) == 0.0


class TestFromBasis:
    @pytest.mark.parametrize(
        ("basis", "low", "high", "knots", "limit"),
        [
            (GaussianSmearing(0.0, 10.0, 50), 0.0, 10.0, 100, 3e-3),
            (GaussianSmearing(0.0, 10.0, 50), 0.0, 10.0, 200, 2e-4),
            (ExpNormalSmearing(5.0, 32), 0.0, 5.0, 100, 3e-2),
            (BesselBasisLayer(6, 5.0), 0.5, 5.0, 100, 5e-3),
        ],
    )
    def test_it_begins_as_the_basis(self, basis, low, high, knots, limit):
        encoding = RegularizedPositionalEncoding.from_basis(basis, low, high, knots=knots)
        x = low + (high - low) * torch.rand(500, generator=torch.Generator().manual_seed(0))
        difference = float((encoding(x) - basis(x)).detach().abs().max())
        assert difference <= encoding.error(basis) * 1.05 + 1e-5
        assert encoding.error(basis) < limit

    def test_more_knots_are_nearer(self):
        basis = GaussianSmearing(0.0, 10.0, 50)
        errors = [
            RegularizedPositionalEncoding.from_basis(basis, 0.0, 10.0, knots=n).error(basis) for n in (50, 100, 200)
        ]
        assert errors[0] > 8 * errors[1] > 64 * errors[2]

    def test_a_new_one_begins_as_gaussians(self):
        encoding = RegularizedPositionalEncoding(10, 0.0, 5.0, knots=40)
        peaks = encoding(torch.linspace(0, 5, 400)).argmax(0) / 399 * 5
        torch.testing.assert_close(peaks, torch.linspace(0, 5, 10), atol=0.15, rtol=0)


class TestResampled:
    @pytest.mark.parametrize(("kernel", "even"), [("cubic", False), ("hat", False), ("cubic", True)])
    def test_the_function_stays(self, kernel, even):
        encoding = random(kernel=kernel, even=even, envelope=not even, weight=0.1)
        finer = encoding.resampled(15)
        x = 5 * torch.rand(200, generator=torch.Generator().manual_seed(0))
        torch.testing.assert_close(finer(x), encoding(x), atol=1e-5, rtol=1e-5)
        assert (finer.grid.count, finer.weight, finer.grid.envelope) == (15, 0.1, not even)

    @pytest.mark.parametrize(("kernel", "knots"), [("cubic", 16), ("catmull-rom", 15), ("cubic", 4)])
    def test_what_cannot_be_exact_is_refused(self, kernel, knots):
        with pytest.raises(ValueError, match="has no exact equal on"):
            random(kernel=kernel).resampled(knots)

    def test_a_table_of_another_size_is_refused(self):
        with pytest.raises(RuntimeError, match=r"table is of 8 knots and 3 channels, this encoding has 12 and 3"):
            random(knots=12).load_state_dict(random().state_dict())


class TestBadInput:
    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"weight": -1.0}, "weight must be"),
            ({"order": 3}, "order must be 1 or 2"),
            ({"channels": 0}, "channels must be at least 1"),
            ({"rate": 0.0}, "rate must be"),
            ({"rate": math.inf}, "rate must be"),
        ],
    )
    def test_settings(self, changes, sentence):
        with pytest.raises(ValueError, match=sentence):
            RegularizedPositionalEncoding(**{"channels": 3, "low": 0.0, "high": 5.0, **changes})

    def test_values(self):
        for value in (math.nan, -0.1, 5.1):
            with pytest.raises(ValueError, match="x "):
                random()(torch.tensor([1.0, value]))


class TestStart:
    def test_a_reset_goes_back_to_the_basis(self):
        encoding = RegularizedPositionalEncoding.from_basis(GaussianSmearing(0.0, 10.0, 50), 0.0, 10.0, knots=100)
        before = encoding.table.detach().clone()
        torch.nn.init.zeros_(encoding.table)
        encoding.reset_parameters()
        assert torch.equal(encoding.table, before)
        assert list(encoding.state_dict()) == ["table"]

    def test_settings_make_another_of_its_kind(self):
        encoding = random(envelope=True, order=1, weight=0.3, kernel="gaussian", rate=0.5)
        assert RegularizedPositionalEncoding(**encoding.settings).settings == encoding.settings


class TestRate:
    def test_it_is_the_same_encoding_that_moves_faster(self):
        """A step of Adam moves every entry of W by the learning rate, whatever the gradient; here by so much less."""
        basis, x = GaussianSmearing(0.0, 5.0, 8), torch.linspace(0, 5, 40)
        moved = []
        for rate in (1.0, 0.25):
            encoding = RegularizedPositionalEncoding.from_basis(basis, 0.0, 5.0, knots=30, rate=rate)
            assert encoding.error(basis) < 1e-2
            before = encoding.coefficients.detach().clone()
            optimizer = torch.optim.Adam(encoding.parameters(), lr=0.01)
            (encoding(x) - 1).square().sum().backward()
            optimizer.step()
            moved.append(encoding.coefficients.detach() - before)
        torch.testing.assert_close(moved[1], 0.25 * moved[0], rtol=1e-3, atol=1e-6)

    def test_roughness_is_of_what_is_encoded(self):
        one, other = (random(knots=8, weight=1.0, rate=rate) for rate in (1.0, 4.0))
        other.table.data = one.table.data / 4
        torch.testing.assert_close(one.regularization(), other.regularization())
        torch.testing.assert_close(one.resampled(15).roughness(), other.resampled(15).roughness())
