import pytest
import torch

from torch_molfield.nn import RegularizedPositionalEncoding
from torch_molfield.nn.encodings.analysis import cka, cka_matrix, knot_importance, learned_change


def random(**settings):
    torch.manual_seed(0)
    made = RegularizedPositionalEncoding(3, 0.0, 5.0, knots=11, **settings)
    torch.nn.init.normal_(made.table)
    return made


class TestKnotImportance:
    def test_it_is_what_replacing_a_row_does(self):
        encoding, values = random(), 5 * torch.rand(400)
        place, importance = knot_importance(encoding, values)
        before = encoding(values).detach()
        for row in (0, 4, 12):
            changed = random()
            changed.table.data[row] = before.mean(0)
            moved = (changed(values) - before).square().sum(1).mean().sqrt()
            torch.testing.assert_close(importance[row], moved)
        torch.testing.assert_close(place, torch.linspace(-0.5, 5.5, 13))

    def test_where_no_value_is_nothing_matters(self):
        place, importance = knot_importance(random(even=True), 1.0 + torch.rand(100))
        assert len(place) == 11
        assert (importance[place > 3.1] == 0).all()
        assert (importance[(place > 0.9) & (place < 2.1)] > 0).all()

    def test_no_value_at_all(self):
        with pytest.raises(ValueError, match="values is empty"):
            knot_importance(random(), torch.zeros(0))


def test_learned_change_is_the_difference_from_the_start():
    encoding, x = random(envelope=True), 5 * torch.rand(50)
    after = encoding(x).detach()
    change = learned_change(encoding, x)
    encoding.reset_parameters()
    torch.testing.assert_close(change, after - encoding(x).detach())


class TestSimilarity:
    def rows(self, count=3):
        generator = torch.Generator().manual_seed(0)
        return [torch.randn(200, 4, generator=generator) for _ in range(count)]

    def test_rotation_shift_and_scale_are_nothing(self):
        one, *_ = self.rows()
        turn = torch.linalg.qr(torch.randn(4, 4, generator=torch.Generator().manual_seed(1))).Q
        assert cka(one, 3 * one @ turn + 7) == pytest.approx(1.0, abs=1e-6)

    def test_unrelated_ones_are_unlike_and_a_mixture_is_between(self):
        one, other, _ = self.rows()
        assert cka(one, other) < 0.05
        assert cka(one, other) < cka(one, one + other) < 0.9

    def test_numbers_of_channels_may_differ(self):
        one, other, _ = self.rows()
        assert cka(one, torch.cat([one, 0.1 * other], dim=1)) > 0.95

    def test_the_matrix(self):
        matrix = cka_matrix(dict(zip("abc", self.rows(), strict=True)))
        assert torch.equal(matrix, matrix.T)
        assert torch.equal(matrix.diagonal(), torch.ones(3, dtype=torch.float64))
        assert matrix[0, 1] == pytest.approx(cka(*self.rows()[:2]))

    def test_bad_input(self):
        one, other, _ = self.rows()
        with pytest.raises(ValueError, match="the same values, got 200 and 150 rows"):
            cka(one, other[:150])
        with pytest.raises(ValueError, match="representation is constant"):
            cka(one, torch.ones(200, 4))
