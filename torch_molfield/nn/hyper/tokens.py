"""Structured weight tokenization (SWT): the INR's parameters as a sequence of (layer, group) tokens."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from torch_molfield.nn.inr.canonical import ParameterSpec


class TokenSlot:
    """What one token stands for: rows ``[start, stop)`` of one layer's weight matrix and the same rows of its bias."""

    def __init__(self, layer: int, group: int, start: int, stop: int, columns: int) -> None:
        self.layer, self.group, self.start, self.stop, self.columns = layer, group, start, stop, columns

    @property
    def numel(self) -> int:
        return (self.stop - self.start) * (self.columns + 1)

    def __repr__(self) -> str:
        rows = f"[{self.start}:{self.stop}"
        return f"layer {self.layer} group {self.group}: weight{rows}, :{self.columns}], bias{rows}]"


class StructuredWeightTokenizer(nn.Module):
    """A bijection between the parameters of an INR and a sequence of tokens (SWT, arXiv 2601.22327).

    Token t holds the weights and the bias of a group of neurons of one layer, flattened row by row as ``[weight row,
    bias]`` and padded with zeros to the longest token: ``[B, T, P]``. With one group per layer it is the paper's
    layer-wise token; the last layer is always one group. ``print(tokenizer)`` shows the map.

    Args:
        specs: the parameters of the INR, weight and bias of each layer in turn.
        groups: groups of neurons per hidden layer; must divide the width.

    Raises:
        ValueError: if ``groups`` does not divide the width of a layer.
    """

    def __init__(self, specs: tuple[ParameterSpec, ...], groups: int = 4) -> None:
        super().__init__()
        self.specs, self.groups = specs, groups
        self.slots = tuple(_slots(specs, groups))

    @property
    def num_tokens(self) -> int:
        """Number T of tokens."""
        return len(self.slots)

    @property
    def token_size(self) -> int:
        """P, the number of parameters of the longest token."""
        return max(slot.numel for slot in self.slots)

    def tokenize(self, parameters: list[Tensor]) -> Tensor:
        """Convert parameters, each ``[B, *shape]``, to tokens ``[B, T, P]``."""
        tokens = []
        for slot in self.slots:
            weight, bias = parameters[2 * slot.layer], parameters[2 * slot.layer + 1]
            rows = torch.cat([weight, bias.unsqueeze(-1)], dim=-1)[:, slot.start : slot.stop]
            flat = rows.flatten(1)
            tokens.append(nn.functional.pad(flat, (0, self.token_size - slot.numel)))
        return torch.stack(tokens, dim=1)

    def detokenize(self, tokens: Tensor) -> list[Tensor]:
        """Convert tokens ``[B, T, P]`` to parameters in the order of ``specs``; the inverse of :meth:`tokenize`."""
        return self.assemble([tokens[:, t, : slot.numel] for t, slot in enumerate(self.slots)])

    def assemble(self, pieces: list[Tensor]) -> list[Tensor]:
        """Convert pieces without padding, token t ``[B, slots[t].numel]``, to parameters in the order of ``specs``."""
        parameters = []
        for layer in range(len(self.specs) // 2):
            rows = [
                piece.unflatten(1, (slot.stop - slot.start, slot.columns + 1))
                for piece, slot in zip(pieces, self.slots, strict=True)
                if slot.layer == layer
            ]
            joined = torch.cat(rows, dim=1)
            parameters += [joined[..., :-1], joined[..., -1]]
        return parameters

    def extra_repr(self) -> str:
        return "\n".join(f"token {t}: {slot}" for t, slot in enumerate(self.slots))


def _slots(specs: tuple[ParameterSpec, ...], groups: int) -> list[TokenSlot]:
    weights = [spec for spec in specs if spec.name == "weight"]
    slots = []
    for spec in weights:
        rows, columns = spec.shape
        count = 1 if spec is weights[-1] else groups
        if count < 1 or rows % count:
            raise ValueError(f"groups={groups} must divide the width {rows} of layer {spec.layer}.")
        size = rows // count
        slots += [TokenSlot(spec.layer, g, g * size, (g + 1) * size, columns) for g in range(count)]
    return slots
