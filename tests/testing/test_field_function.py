"""The check of a function of space finds what it is made to find."""

import copy

import pytest
import torch

from torch_molfield.fields import Field
from torch_molfield.testing import check_field_function

POS = torch.tensor([[0.0, 0.0, 0.0], [1.5, 0.0, 0.0], [0.0, 2.0, 1.0]], dtype=torch.float64)
Z, BATCH = torch.tensor([6, 1, 8]), torch.tensor([0, 0, 1])


class Wave(Field):
    """sin of the coordinates, shifted by the number of the molecule; with one fault or none."""

    channels = ("first", "second")
    units = "e"

    def __init__(self, fault=""):
        self.fault = fault

    def evaluate(self, points, points_batch, z, pos, batch, state):
        if self.fault != "batch":
            points = points + points_batch[:, None]
        if self.fault == "slope":
            points = points.detach() + 0.5 * (points - points.detach())
        if self.fault == "chunk":
            points = points + 0.1 * len(points)
        if self.fault == "dtype":
            points = points.float()
        values = torch.stack([points.sin().sum(1), points.cos().prod(1)], dim=1)
        if self.fault == "graph":
            values = values.detach()
        if self.fault == "nan":
            values = values.masked_fill(values > 0, torch.nan)
        return values[:, :1] if self.fault == "channels" else values


def bound(fault=""):
    return Wave(fault).bind(Z, POS, BATCH)


def test_a_faultless_function_passes():
    check_field_function(bound())
    check_field_function(bound().single(1))
    check_field_function(bound(), torch.rand(5, 3, dtype=torch.float64), torch.tensor([0, 0, 0, 1, 1]))


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("slope", "not close"),
        ("chunk", "not close"),
        ("dtype", "dtype"),
        ("graph", "not differentiable"),
        ("nan", "NaN"),
        ("channels", "shape"),
    ],
)
def test_a_fault_of_the_formula_is_found(fault, message):
    with pytest.raises(AssertionError, match=message):
        check_field_function(bound(fault))


class Reckless:
    """Faults of the calling, laid over a faultless function."""

    def no_check(self, function):
        function.check = lambda points, owner: (points, torch.zeros(len(points), dtype=torch.long))

    def silent_single(self, function):
        function.single = lambda molecule: function

    def other_units(self, function):
        whole = function.single
        function.single = lambda molecule: change(whole(molecule), units="V")

    def shifted_grid(self, function):
        sampled = function.to_grid
        function.to_grid = lambda *given, **named: change(sampled(*given, **named), origin=torch.zeros(3).double())

    def lost_gradient(self, function):
        function.gradient = lambda points, owner=None, create_graph=False: torch.zeros(
            len(function.check(points, owner)[0]), 2, 3, dtype=points.dtype
        )

    def lost_names(self, function):
        function.channels = ("first", "first")


def change(function, **attributes):
    changed = copy.copy(function)
    for name, value in attributes.items():
        setattr(changed, name, value)
    return changed


@pytest.mark.parametrize("fault", [name for name in vars(Reckless) if not name.startswith("_")])
def test_a_fault_of_the_calling_is_found(fault):
    function = bound()
    getattr(Reckless(), fault)(function)
    with pytest.raises(AssertionError):
        check_field_function(function)


def test_a_molecule_that_sees_the_points_of_another_is_found():
    function = bound("batch")
    check_field_function(function)  # the same everywhere is a function too
    shifted = bound()
    shifted.single = bound("batch").single
    with pytest.raises(AssertionError, match="not close"):
        check_field_function(shifted)


def test_differences_need_double_precision():
    with pytest.raises(AssertionError, match="float64"):
        check_field_function(Wave().bind(Z, POS.float(), BATCH))
