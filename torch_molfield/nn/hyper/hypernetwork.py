"""The function-space hyper-network (FSHN): molecular condition → weight tokens → parameters of the INR."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from torch_molfield.nn.hyper.attention import WeightTokenBlock
from torch_molfield.nn.hyper.tokens import StructuredWeightTokenizer, TokenSlot
from torch_molfield.nn.inr.canonical import CanonicalINR
from torch_molfield.nn.inr.frequencies import gaussian_amplitudes


class FunctionSpaceHyperNetwork(nn.Module):
    """A transformer whose weight tokens read the atoms and emit the parameters of an INR (FSHN, arXiv 2601.22327).

    Every parameter is the sum of a learned base, itself a good initialisation of an INR, and a generated residual, a
    linear map of the normalised token. With a Fourier-encoded INR the first layer has one more term, the *structure
    factor* of the molecule: neuron h receives Σ_m A_m(ω) Σ_i C_mh,i γ(x_i*), with C read from the tokens and the atoms.
    In the INR this is Σ_i C_mh,i κ_m(x* − x_i*), a sum of learned kernels on the atoms, so that what is learned at one
    place in space applies everywhere.

    Args:
        inr: the network whose parameters are generated.
        width: D of the tokens and of the condition.
        layers: number of transformer blocks.
        heads: attention heads; must divide the width.
        groups: groups of neurons per layer, see :class:`StructuredWeightTokenizer`.
        kernels: number of kernels κ_m of the structure factor; 0 generates the first layer like the others.

    Raises:
        ValueError: if ``heads`` does not divide the width, or ``groups`` the width of the INR.
    """

    def __init__(
        self, inr: CanonicalINR, width: int = 128, layers: int = 2, heads: int = 8, groups: int = 4, kernels: int = 2
    ) -> None:
        super().__init__()
        self.tokenizer = StructuredWeightTokenizer(inr.specs, groups)
        self.base = nn.ParameterList(inr.initial_parameters())
        self.start = nn.Parameter(torch.randn(self.tokenizer.num_tokens, width))
        self.blocks = nn.ModuleList(WeightTokenBlock(width, heads) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        structured = inr.encoding == "fourier" and kernels > 0
        self.atoms = AtomKernels(inr, width, groups, kernels) if structured else None
        self.heads = nn.ModuleList(nn.Linear(width, self._head_size(slot)) for slot in self.tokenizer.slots)
        self._initialise_heads()
        if structured:
            # What depends on the place in the canonical frame alone starts at zero: the atoms around come first.
            nn.init.zeros_(self.base[0])

    def _head_size(self, slot: TokenSlot) -> int:
        """A head emits all of its token, but for the weights that the structure factor emits."""
        return slot.stop - slot.start if slot.layer == 0 and self.atoms is not None else slot.numel

    def _initialise_heads(self) -> None:
        """Residuals start at a third of the base's size: alive, yet the INR is still a good one."""
        width = self.start.shape[1]
        for slot, head in zip(self.tokenizer.slots, self.heads, strict=True):
            nn.init.normal_(head.get_parameter("weight"), std=0.3 / math.sqrt(width * slot.columns))
            nn.init.zeros_(head.get_parameter("bias"))

    def forward(
        self, condition: Tensor, mask: Tensor | None = None, encoded: Tensor | None = None
    ) -> tuple[Tensor, list[Tensor]]:
        """Generate the parameters for B molecules.

        Args:
            condition: ``[B, S, D]``, one row per atom.
            mask: ``[B, S]``, true where there is an atom.
            encoded: γ(x_i*) of the atoms, ``[B, S, in_features]``, for a Fourier-encoded INR.

        Returns:
            tokens ``[B, T, D]`` and parameters in the order of ``inr.specs``.
        """
        tokens = self.tokens(condition, mask)
        return tokens, self.emit(tokens, condition, mask, encoded)

    def tokens(self, condition: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the final tokens ``[B, T, D]`` without the parameters that they stand for."""
        tokens = self.start.expand(condition.shape[0], -1, -1)
        for block in self.blocks:
            tokens = block(tokens, condition, mask)
        return self.norm(tokens)

    def emit(self, tokens: Tensor, condition: Tensor, mask: Tensor | None, encoded: Tensor | None) -> list[Tensor]:
        """Return the parameters of the INR from final tokens."""
        pieces = [head(tokens[:, t]) for t, head in enumerate(self.heads)]
        if self.atoms is not None:
            weights = self.atoms(tokens, condition, mask, encoded).chunk(self.tokenizer.groups, dim=1)
            for t, weight in enumerate(weights):
                pieces[t] = torch.cat([weight, pieces[t].unsqueeze(-1)], dim=-1).flatten(1)
        residual = self.tokenizer.assemble(pieces)
        return [base + r for base, r in zip(self.base, residual, strict=True)]


class AtomKernels(nn.Module):
    """The structure-factor term of the first layer, see :class:`FunctionSpaceHyperNetwork`."""

    def __init__(self, inr: CanonicalINR, width: int, groups: int, kernels: int) -> None:
        super().__init__()
        self.groups, self.kernels = groups, kernels
        self.rows = inr.hidden // groups
        self.depth = 16
        # The height of the kernels sets the size of the first pre-activations; 4 fitted densities faster than 1.
        start = 4.0 * gaussian_amplitudes(inr.frequencies, inr.frequency_scale)
        self.amplitude = nn.Parameter(start.repeat(kernels, 1))
        self.query = nn.Linear(width, self.rows * kernels * self.depth)
        self.key = nn.Linear(width, kernels * self.depth)

    def forward(self, tokens: Tensor, condition: Tensor, mask: Tensor | None, encoded: Tensor) -> Tensor:
        """``[B, H, 2F]``."""
        q = self.query(tokens[:, : self.groups]).unflatten(-1, (self.rows, self.kernels, self.depth))
        k = self.key(condition).unflatten(-1, (self.kernels, self.depth))
        c = torch.einsum("bgrmd,bsmd->bgrms", q, k).flatten(1, 2) / math.sqrt(self.depth)
        if mask is not None:
            c = c * mask[:, None, None, :]
        amplitude = torch.cat([self.amplitude, self.amplitude], dim=-1)
        # Kernels and atoms as one long axis: no [B, kernels, H, 2F] in between.
        factors = encoded.unsqueeze(1) * amplitude.unsqueeze(1)
        return torch.bmm(c.flatten(2), factors.flatten(1, 2))
