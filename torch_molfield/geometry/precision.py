"""Geometry and closed-form fields in full precision, whatever autocast says: half precision moves atoms by 0.02 Å."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, ParamSpec, TypeVar

import torch
from torch import Tensor

DEVICES = ("cpu", "cuda", "mps", "xpu")

P = ParamSpec("P")
R = TypeVar("R")


def autocast_is_on() -> bool:
    """Whether any device has autocast."""
    return any(torch.is_autocast_enabled(device) for device in DEVICES)


@contextmanager
def no_autocast() -> Iterator[None]:
    """Autocast switched off on all devices."""
    with ExitStack() as stack:
        for device in DEVICES:
            if torch.is_autocast_enabled(device):
                stack.enter_context(torch.autocast(device, enabled=False))
        yield


def full_precision(function: Callable[P, R]) -> Callable[P, R]:
    """Decorator: the function, and gradients that it takes itself, are computed without autocast."""

    @functools.wraps(function)
    def exact(*arguments: P.args, **options: P.kwargs) -> R:
        if not autocast_is_on():
            return function(*arguments, **options)
        with no_autocast():
            return function(*arguments, **options)

    return exact


def in_full_precision(function: Callable[..., Tensor], *inputs: Tensor) -> Tensor:
    """Evaluate ``function(*inputs)`` and its gradients without autocast, also where autocast is on when they are taken.

    Under autocast the function runs again for its gradients.
    """
    if not autocast_is_on():
        return function(*inputs)
    if torch.is_grad_enabled() and any(tensor.requires_grad for tensor in inputs):
        result: Tensor = _Exact.apply(function, *inputs)
        return result
    with no_autocast():
        return function(*inputs)


class _Exact(torch.autograd.Function):
    """A function whose gradients are taken without autocast, which otherwise rounds the products in them."""

    @staticmethod
    def forward(ctx: Any, function: Callable[..., Tensor], *inputs: Tensor) -> Tensor:
        ctx.function = function
        ctx.save_for_backward(*inputs)
        with no_autocast():
            return function(*inputs)

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> tuple[Tensor | None, ...]:
        again = torch.is_grad_enabled()
        with no_autocast(), torch.enable_grad():
            wanted = [tensor for tensor in ctx.saved_tensors if tensor.requires_grad]
            value = ctx.function(*ctx.saved_tensors)
            found = iter(torch.autograd.grad(value, wanted, slopes, create_graph=again, allow_unused=True))
        return None, *(next(found) if tensor.requires_grad else None for tensor in ctx.saved_tensors)
