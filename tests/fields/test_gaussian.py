import math

import pytest
import torch

from tests.fields.molecules import batch_of_three, queries
from torch_molfield.data.elements import vdw_radii
from torch_molfield.fields import GaussianField


def test_formula_by_hand():
    z, pos, _ = batch_of_three()
    points, _ = queries(pos, torch.zeros(15, dtype=torch.long), (20,))
    value = GaussianField(beta=0.5)(points, z, pos)
    squared = torch.cdist(points, pos, compute_mode="donot_use_mm_for_euclid_dist").square()
    terms = torch.exp(-0.5 * (squared / vdw_radii(z, dtype=torch.float64) ** 2 - 1))
    for column, number in enumerate((1, 6, 7, 8, 9, 15, 16, 17)):
        torch.testing.assert_close(value[:, column], terms[:, z == number].sum(1))
    torch.testing.assert_close(value[:, 8], terms[:, z == 35].sum(1))


def test_a_lone_atom_is_one_on_its_van_der_waals_sphere():
    value = GaussianField()(torch.tensor([[1.7, 0, 0], [0, 0, 0]]), torch.tensor([6]), torch.zeros(1, 3))
    assert value[:, 1].tolist() == pytest.approx([1.0, math.exp(0.75)])


def test_relative_radii_are_the_papers():
    value = GaussianField(relative=True)(torch.tensor([[1.2 / 1.7, 0, 0]]), torch.tensor([1]), torch.zeros(1, 3))
    assert float(value[0, 0]) == pytest.approx(1.0)


def test_sigma_is_the_plain_gaussian():
    field = GaussianField(sigma=0.45, channels=("C", "others"))
    value = field(torch.tensor([[0.45, 0.0, 0.0]]), torch.tensor([6]), torch.zeros(1, 3))
    assert value[0].tolist() == pytest.approx([math.exp(-0.5), 0.0])


def test_assignment_makes_explicit_channels():
    z, pos = torch.tensor([6, 6, 8]), torch.tensor([[0.0, 0, 0], [5.0, 0, 0], [9.0, 0, 0]])
    field = GaussianField(channels=("ligand", "protein"), assignment=torch.tensor([1, 0, -1]))
    value = field(pos, z, pos)
    assert field.channels == ("ligand", "protein")
    assert value[0, 1] > 2
    assert value[0, 0] < 0.01
    assert value[2].max() < 0.05
    with pytest.raises(ValueError, match=r"assignment must have shape \[2\]"):
        field(pos[:2], z[:2], pos[:2])
    with pytest.raises(ValueError, match="below 1"):
        GaussianField(channels=("a",), assignment=torch.tensor([0, 1, 0]))(pos, z, pos)


def test_unknown_element_and_overrides():
    z, pos = torch.tensor([26]), torch.zeros(1, 3)
    with pytest.raises(ValueError, match=r"no value for Fe; .*overrides"):
        GaussianField()(pos, z, pos)
    value = GaussianField(radii={26: 2.0})(torch.tensor([[2.0, 0, 0]]), z, pos)
    assert float(value[0, 8]) == pytest.approx(1.0)


def test_repr_tells_all_that_changes_the_output():
    names = "('H', 'C', 'N', 'O', 'F', 'P', 'S', 'Cl', 'others')"
    assert repr(GaussianField(beta=0.25)) == (
        f"GaussianField(beta=0.25, channels={names}, sigma=None, relative=False, radii=None, ignore=(), "
        "assignment=None, tolerance=1e-06)"
    )
    first, second = (
        GaussianField(channels=("a",), assignment=torch.tensor(values)) for values in ([0, 0, -1], [0, -1, -1])
    )
    assert repr(first) != repr(second)
    assert "{'X': ('C',)}" in repr(GaussianField(channels={"X": ("C",)}))


def test_bad_parameters():
    for arguments in ({"beta": 0.0}, {"sigma": -1.0}, {"tolerance": 0.0}):
        with pytest.raises(ValueError, match="must be a positive finite number"):
            GaussianField(**arguments)


@pytest.mark.parametrize("beta", [1000.0, 1e9])
def test_values_that_no_number_can_hold(beta):
    with pytest.raises(ValueError, match="beta must be above 0 and at most 40, got"):
        GaussianField(beta=beta)
