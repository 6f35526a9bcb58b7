"""A second device on the CPU, to find tensors that nobody has moved, on machines without a GPU."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode, return_and_correct_aliasing
from torch.utils._pytree import tree_leaves, tree_map

#: no build of torch has kernels for it, so that whatever escapes the spy fails
SPY = torch.device("lazy")
_ATEN = torch.ops.aten
_AUTOCAST = torch.autocast
#: indices may be on the CPU, as for a GPU
_INDEXING = (_ATEN.index, _ATEN.index_put, _ATEN.index_put_, _ATEN._index_put_impl_, _ATEN._unsafe_index)
#: these move tensors
_MOVING = (_ATEN._to_copy, _ATEN.copy_)


@contextmanager
def spy_device() -> Iterator[torch.device]:
    """A device that computes as the CPU does, and refuses tensors of the CPU as a GPU does.

    Within the context models and tensors can be moved to it and back. An operation with tensors of both devices is a
    ``RuntimeError``, except for indices and tensors without dimensions on the CPU; so is ``.numpy()``.
    """
    with _Constructors(), _Dispatch(), mock.patch.object(torch, "autocast", _autocast):
        yield SPY


class _SpyTensor(Tensor):
    """Reports :data:`SPY` and holds its numbers on the CPU."""

    held: Tensor
    __torch_function__ = torch._C._disabled_torch_function_impl  # type: ignore[assignment]

    @staticmethod
    def __new__(cls, inner: Tensor) -> _SpyTensor:
        return Tensor._make_wrapper_subclass(  # type: ignore[attr-defined]
            cls,
            inner.size(),
            strides=inner.stride(),
            storage_offset=inner.storage_offset(),
            dtype=inner.dtype,
            device=SPY,
        )

    def __init__(self, inner: Tensor) -> None:
        self.held = inner

    def tolist(self) -> Any:
        return self.held.tolist()

    def __repr__(self) -> str:  # type: ignore[override]
        return f"{self.held!r} on {SPY}"

    @classmethod
    def __torch_dispatch__(  # type: ignore[override]
        cls, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        raise RuntimeError("a tensor of the spy device is used outside of spy_device().")


class _Dispatch(TorchDispatchMode):
    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        spied = any(isinstance(leaf, _SpyTensor) for leaf in tree_leaves((args, kwargs)))
        if spied:
            _require_one_device(func, args, kwargs)
        device = kwargs.get("device")
        on_spy = spied if device is None else torch.device(device).type == SPY.type
        given = {**kwargs, "device": torch.device("cpu")} if device is not None and on_spy else kwargs
        out = func(*tree_map(_inner, args), **tree_map(_inner, given))
        if on_spy:
            out = tree_map(lambda leaf: _SpyTensor(leaf) if isinstance(leaf, Tensor) else leaf, out)
        return return_and_correct_aliasing(func, args, kwargs, out) if spied else out


class _Constructors(TorchFunctionMode):
    """What makes tensors without a dispatch (``torch.tensor`` and its like, lists as indices) makes them on the CPU."""

    def __torch_function__(self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        if func in (torch.tensor, torch.as_tensor) and torch.device(kwargs.get("device") or "cpu").type == SPY.type:
            kwargs.pop("device")
            return func(*args, **kwargs).to(SPY)
        if func is Tensor.new_tensor and isinstance(args[0], _SpyTensor):
            return torch.tensor(args[1], **{"dtype": args[0].dtype, **kwargs}).to(SPY)
        if func in (Tensor.__getitem__, Tensor.__setitem__) and isinstance(args[0], _SpyTensor):
            index = args[1] if isinstance(args[1], tuple) else (args[1],)
            index = tuple(torch.tensor(part) if isinstance(part, list) else part for part in index)
            args = (args[0], index, *args[2:])
        return func(*args, **kwargs)


def _autocast(device_type: str, *args: Any, **kwargs: Any) -> Any:
    """That of the CPU for the spy, which torch knows no autocast of."""
    return _AUTOCAST("cpu" if device_type == SPY.type else device_type, *args, **kwargs)


def _inner(leaf: Any) -> Any:
    return leaf.held if isinstance(leaf, _SpyTensor) else leaf


def _require_one_device(func: Any, args: Any, kwargs: Any) -> None:
    if func.overloadpacket in _MOVING:
        return
    checked = (args[0], args[2:]) if func.overloadpacket in _INDEXING and isinstance(args[0], _SpyTensor) else args
    for leaf in tree_leaves((checked, kwargs)):
        if isinstance(leaf, Tensor) and not isinstance(leaf, _SpyTensor) and leaf.dim() > 0:
            raise RuntimeError(f"{func} got tensors of two devices; a tensor of the CPU has not been moved.")
