"""What every function of space promises, as one check."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from torch_molfield.functions.base import FieldFunction

#: points of each molecule that are drawn where none are given
DRAWN = 12
#: Å; error of the differences is of its fourth power
STEP = 2e-3


def check_field_function(
    function: FieldFunction,
    points: Tensor | None = None,
    points_batch: Tensor | None = None,
    *,
    rtol: float = 1e-6,
    atol: float = 1e-8,
    gradient_rtol: float = 1e-5,
    gradient_atol: float = 1e-6,
    seed: int = 0,
) -> None:
    """Check a :class:`~torch_molfield.functions.FieldFunction` against its protocol.

    Shapes, dtype and device; independence of chunks and of the other points; a batch is its molecules one by one; the
    gradient is that of central differences; an empty query; malformed points and impossible grids are refused by a
    sentence; a grid holds the values at its nodes.

    Args:
        function: made in float64, so that differences resolve its gradient.
        points: ``[Q, 3]`` Å where it is smooth; drawn around its ``places`` if not given.
        points_batch: ``[Q]``, as in a call.
        rtol, atol: of values that should be the same.
        gradient_rtol, gradient_atol: of the gradient against differences.
        seed: of the points.

    Raises:
        AssertionError: with what the function does wrong.
    """
    _require(function.places.dtype == torch.float64, "make the function in float64 to check its gradient")
    if points is None:
        points, points_batch = draw_points(function, DRAWN, seed)
    values = function(points, points_batch).detach()
    _check_shapes(function, points, points_batch, values)
    _check_pieces(function, points, points_batch, values, rtol, atol)
    _check_molecules(function, points, points_batch, values, rtol, atol)
    _check_gradient(function, points, points_batch, gradient_rtol, gradient_atol)
    _check_empty(function)
    _check_bad_points(function, points, points_batch)
    _check_grid(function, rtol, atol)
    _check_bad_requests(function)


def draw_points(function: FieldFunction, count: int, seed: int = 0) -> tuple[Tensor, Tensor | None]:
    """``count`` random points within 1 Å or so of each molecule's box, inside it for a bounded function."""
    generator = torch.Generator().manual_seed(seed)
    drawn = []
    for molecule in range(function.num_molecules):
        one = function.single(molecule)
        low, high = one.places.detach().cpu().amin(0), one.places.detach().cpu().amax(0)
        edge = 0.02 * (high - low) if one.bounded else -torch.ones_like(low)
        share = torch.rand(count, 3, generator=generator, dtype=torch.float64).to(low)
        drawn.append(low + edge + share * (high - low - 2 * edge))
    owner = torch.arange(len(drawn)).repeat_interleave(count)
    device = function.places.device
    return torch.cat(drawn).to(device), owner.to(device) if len(drawn) > 1 else None


def _require(condition: bool, fault: str) -> None:
    if not condition:
        raise AssertionError(fault)


def _check_shapes(function: FieldFunction, points: Tensor, owner: Tensor | None, values: Tensor) -> None:
    names = function.channels
    _require(isinstance(names, tuple) and len(set(names)) == len(names) > 0, f"channels must be names, got {names!r}")
    _require(isinstance(function.units, str), f"units must be a text, got {function.units!r}")
    wanted = (len(points), len(names))
    _require(values.shape == wanted, f"values have shape {tuple(values.shape)}, not [Q, C] = {wanted}")
    _require(bool(values.isfinite().all()), "values have NaN or infinity")
    slope = function.gradient(points, owner)
    _require(slope.shape == (*wanted, 3), f"the gradient has shape {tuple(slope.shape)}, not [Q, C, 3]")
    for name, found in (("values", values), ("the gradient", slope)):
        same = found.dtype == points.dtype and found.device == points.device
        _require(same, f"{name} have dtype {found.dtype} on {found.device}, the points {points.dtype}")
    x = points.clone().requires_grad_()
    _require(function(x, owner).requires_grad, "values are not differentiable in the points")
    _require(not slope.requires_grad, "the gradient keeps its graph without create_graph")
    if function.any_dtype:
        single = function(points.float(), owner)
        _require(single.dtype == torch.float32, f"values at float32 points have dtype {single.dtype}")
        torch.testing.assert_close(single.double(), values.double(), rtol=1e-3, atol=1e-3)


def _check_pieces(
    function: FieldFunction, points: Tensor, owner: Tensor | None, values: Tensor, rtol: float, atol: float
) -> None:
    """Neither chunks of another size nor other points in the query change a value."""
    chunked = copy.copy(function)
    object.__setattr__(chunked, "chunk_size", 3)  # also of frozen data classes
    torch.testing.assert_close(chunked(points, owner).detach(), values, rtol=rtol, atol=atol)
    slopes = (f.gradient(points, owner) for f in (chunked, function))
    torch.testing.assert_close(*slopes, rtol=rtol, atol=atol)
    for k in range(0, len(points), max(1, len(points) // 4)):
        alone = function(points[k : k + 1], None if owner is None else owner[k : k + 1])
        torch.testing.assert_close(alone.detach(), values[k : k + 1], rtol=rtol, atol=atol)


def _check_molecules(
    function: FieldFunction, points: Tensor, owner: Tensor | None, values: Tensor, rtol: float, atol: float
) -> None:
    """``points_batch`` gives what one call for each molecule gives."""
    owner = torch.zeros(len(points), dtype=torch.long, device=points.device) if owner is None else owner
    torch.testing.assert_close(function(points, owner).detach(), values, rtol=rtol, atol=atol)
    for molecule in range(function.num_molecules):
        mine = owner == molecule
        one = function.single(molecule)
        _require(one.num_molecules == 1, "single() gives a function of several molecules")
        _require((one.channels, one.units) == (function.channels, function.units), "single() changes channels or units")
        torch.testing.assert_close(one(points[mine]).detach(), values[mine], rtol=rtol, atol=atol)


def _check_gradient(function: FieldFunction, points: Tensor, owner: Tensor | None, rtol: float, atol: float) -> None:
    columns = []
    with torch.no_grad():
        for move in STEP * torch.eye(3, dtype=points.dtype, device=points.device):
            near, far = ((function(points + k * move, owner) - function(points - k * move, owner)) for k in (1, 2))
            columns.append((8 * near - far) / (12 * STEP))
        found = function.gradient(points, owner)
    torch.testing.assert_close(found, torch.stack(columns, dim=-1), rtol=rtol, atol=atol)
    x = points.clone().requires_grad_()
    torch.testing.assert_close(function.gradient(x, owner, create_graph=True).detach(), found)


def _check_empty(function: FieldFunction) -> None:
    nothing = torch.zeros(0, 3, dtype=function.places.dtype, device=function.places.device)
    owner = torch.zeros(0, dtype=torch.long, device=nothing.device)
    values, slope = function(nothing, owner), function.gradient(nothing, owner)
    _require(values.shape == (0, len(function.channels)), f"no points give values of shape {tuple(values.shape)}")
    _require(slope.shape == (*values.shape, 3), f"no points give a gradient of shape {tuple(slope.shape)}")
    _require(values.dtype == nothing.dtype, f"no points give values of dtype {values.dtype}")


def _check_bad_points(function: FieldFunction, points: Tensor, owner: Tensor | None) -> None:
    nan = torch.cat([points[:1] * torch.nan, points[1:]])
    bad: list[tuple[str, Tensor, Tensor | None]] = [
        ("points [Q, 2]", points[:, :2], owner),
        ("points [3]", points[0], None),
        ("integers", points.long(), owner),
        ("half precision", points.half(), owner),
        ("NaN", nan, owner),
        ("a points_batch of another length", points, torch.zeros(len(points) + 1, dtype=torch.long)),
        ("an unsorted points_batch", points, torch.arange(len(points), device=points.device).flip(0)),
    ]
    if not function.any_dtype:
        bad.append(("another dtype", points.float(), owner))
        bad.append(("another device", points.to("meta"), owner))
    if function.num_molecules > 1:
        bad.append(("no points_batch for several molecules", points, None))
        nobody = torch.full((len(points),), function.num_molecules, device=points.device)
        bad.append(("a molecule that is not there", points, nobody))
    for name, wrong, whose in bad:
        _refused(name, partial(function, wrong, whose))
        _refused(name, partial(function.gradient, wrong, whose))


def _check_grid(function: FieldFunction, rtol: float, atol: float) -> None:
    last = function.num_molecules - 1
    one = function.single(last)
    low, high = one.places.detach().amin(0), one.places.detach().amax(0)
    spacing = float((high - low).max() + 2 * one.margin) / 5
    grid = function.to_grid(spacing, molecule=last)
    nodes = grid.points().to(one.places)
    _require((grid.channels, grid.units) == (function.channels, function.units), "a grid has other channels or units")
    _require(grid.values.dtype == one.places.dtype, f"a grid has dtype {grid.values.dtype}")
    _require(not grid.values.requires_grad, "a grid keeps the graph of its values")
    torch.testing.assert_close(grid.values.flatten(0, 2), one(nodes).detach(), rtol=rtol, atol=atol)
    torch.testing.assert_close(grid(nodes), one(nodes).detach(), rtol=1e-3, atol=1e-5)
    torch.testing.assert_close(nodes[0], low - one.margin)
    beyond = high + one.margin - nodes[-1]
    fits = beyond > -1e-6 if one.bounded else beyond < 1e-6
    _require(bool(fits.all()), "the last node of a grid is on the wrong side of the margin")


def _check_bad_requests(function: FieldFunction) -> None:
    for spacing in (0.0, -1.0, float("nan"), float("inf"), 1e-5):
        _refused(f"a grid of {spacing} Å", partial(function.to_grid, spacing))
    _refused("a negative margin", partial(function.to_grid, 1.0, margin=-1.0))
    for molecule in (-1, function.num_molecules):
        _refused(f"molecule {molecule}", partial(function.single, molecule))
        _refused(f"a grid of molecule {molecule}", partial(function.to_grid, 1.0, molecule=molecule))
        _refused(f"a mesh of molecule {molecule}", partial(function.to_mesh, molecule=molecule))
    _refused("a channel that is not there", partial(function.to_mesh, channel=len(function.channels)))


def _refused(name: str, call: Callable[[], object]) -> None:
    try:
        call()
    except ValueError as error:
        sentence = str(error)
        _require(sentence.endswith(".") and " " in sentence, f"{name}: refused without a sentence: {sentence!r}")
    else:
        raise AssertionError(f"{name}: accepted without an error")
