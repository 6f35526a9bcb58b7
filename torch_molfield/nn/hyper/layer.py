"""A layer for existing networks: the atoms generate a function of space, and every atom reads it."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from torch_molfield.data.setting_types import Positive, Size, SizeOrNone
from torch_molfield.data.validation import check_atoms
from torch_molfield.geometry.frame_set import FrameSet
from torch_molfield.geometry.frames import frames_of_checked
from torch_molfield.nn.common.padding import make_padding
from torch_molfield.nn.hyper.attention import Attention
from torch_molfield.nn.hyper.generator import FieldGenerator, FramedAtoms, draw_frames
from torch_molfield.nn.hyper.hypernetwork import FunctionSpaceHyperNetwork
from torch_molfield.nn.inr.canonical import CanonicalINR
from torch_molfield.nn.inr.neural_field import NeuralField


class MolFieldLayer(nn.Module):
    """A layer from atom features to atom features through a generated function of space (cf. FSHN, arXiv 2601.22327).

    A hyper-network turns the features of all atoms of a molecule into weight tokens, and these into an INR f with C
    channels. Atom i reads f at its place and, by attention, the tokens T:

        x_i' = x_i + MLP(x_i, f(pos_i), Attention(x_i, T))

    All of it depends on relative geometry only, by canonical frames: with invariant ``x`` and equivariant ``vectors``
    the output is invariant to pose; mirror images differ. Every atom receives information from all others in one layer,
    for which message passing needs as many layers as the molecule is long. The last layer of the MLP starts at zero, so
    that a network with the layer gives the same output as without it before training.

    In training mode one frame per molecule is drawn, as in :class:`~torch_molfield.nn.MolFieldEncoder`, unless ``draw``
    is false, as losses of forces need; in eval mode all frames are averaged. Geometry is computed in float64, the
    phases of the INR at least in float32, also under autocast.

    Args:
        features: F, columns of ``x``.
        vectors: V, equivariant vectors per atom to read; 0 for none.
        width: D of the tokens.
        channels: C of the function.
        hidden, depth, num_frequencies, frequency_scale: of the INR, see :class:`~torch_molfield.nn.CanonicalINR`.
        token_layers, heads, groups, kernels: see :class:`~torch_molfield.nn.FunctionSpaceHyperNetwork`.
        draw: whether frames are drawn in training mode.
        frames: ``(z, pos, batch) -> FrameSet`` in place of the closed-form frames.

    Raises:
        ValueError: for sizes that do not divide each other as required; when called, for malformed atoms, or features
            or vectors of another shape than the layer was made for.
    """

    def __init__(
        self,
        features: Size,
        *,
        vectors: SizeOrNone = 0,
        width: Size = 64,
        channels: Size = 32,
        hidden: Size = 32,
        depth: Size = 2,
        num_frequencies: Size = 128,
        frequency_scale: Positive = 1.0,
        token_layers: SizeOrNone = 1,
        heads: Size = 4,
        groups: Size = 2,
        kernels: SizeOrNone = 2,
        draw: bool = True,
        frames: Callable[[Tensor, Tensor, Tensor], FrameSet] | None = None,
    ) -> None:
        super().__init__()
        self.features, self.vectors, self.draw = features, vectors, draw
        self.frames_of = frames or frames_of_checked
        inr = CanonicalINR(channels, hidden, depth, "fourier", num_frequencies, frequency_scale)
        hyper = FunctionSpaceHyperNetwork(inr, width, token_layers, heads, groups, kernels)
        self.names = tuple(f"channel {c}" for c in range(channels))
        self.enter = nn.Sequential(nn.LayerNorm(features), nn.Linear(features, width))
        self.generator = FieldGenerator(inr, hyper, width, vectors)
        self.attention = Attention(width, heads)
        self.leave = nn.Sequential(
            nn.LayerNorm(2 * width + channels),
            nn.Linear(2 * width + channels, 2 * width),
            nn.SiLU(),
            nn.Linear(2 * width, features),
        )
        last = self.leave[-1]
        nn.init.zeros_(last.get_parameter("weight"))
        nn.init.zeros_(last.get_parameter("bias"))

    def forward(
        self,
        x: Tensor,
        pos: Tensor,
        batch: Tensor | None = None,
        vectors: Tensor | None = None,
        z: Tensor | None = None,
        return_tokens: bool = False,
    ) -> Tensor | tuple[Tensor, Tensor]:
        """Return new features ``[N, F]``; with ``return_tokens`` also the tokens ``[B, T, D]``.

        Args:
            x: ``[N, F]``, invariant.
            pos: ``[N, 3]`` Å.
            batch: ``[N]``, sorted; ``None`` for one molecule.
            vectors: ``[N, V, 3]`` in the coordinates of ``pos``; they are read, not changed.
            z: ``[N]`` atomic numbers; with them symmetric shapes need fewer frames (CO has one, not two).
            return_tokens: whether the tokens are returned too.
        """
        z, pos, batch = _checked(z, pos, batch)
        self._check(x, vectors, pos)
        out, tokens = self.read(x, pos, batch, vectors, z)
        return (out, tokens) if return_tokens else out

    def read(self, x: Tensor, pos: Tensor, batch: Tensor, vectors: Tensor | None, z: Tensor) -> tuple[Tensor, Tensor]:
        """Return new features ``[N, F]`` and tokens ``[B, T, D]`` of atoms that have been checked."""
        frames = self._frames(z, pos, batch)
        h = self.enter(x)
        padding = make_padding(batch, frames.origin.shape[0])
        centred = pos.double() - frames.origin[batch]
        tokens, parameters = self.generator.generate(FramedAtoms(h, vectors, centred, padding, frames))
        field = NeuralField(self.generator.inr, parameters, tokens, frames, pos, batch, self.names)
        average = field.tokens
        read = padding.unpad(self.attention(padding.pad(h), average))
        out = x + self.leave(torch.cat([h, _at_atoms(field).to(h.dtype), read], dim=-1)).to(x.dtype)
        return out, average

    @torch.compiler.disable  # how many frames there are is known only when it runs
    def _frames(self, z: Tensor, pos: Tensor, batch: Tensor) -> FrameSet:
        """The frames to use."""
        frames = self.frames_of(z, pos.double(), batch)
        return draw_frames(frames) if self.training and self.draw else frames

    def _check(self, x: Tensor, vectors: Tensor | None, pos: Tensor) -> None:
        if x.shape != (pos.shape[0], self.features):
            raise ValueError(f"x must have shape [{pos.shape[0]}, {self.features}], got {list(x.shape)}.")
        expected = (pos.shape[0], self.vectors, 3)
        if self.vectors and (vectors is None or vectors.shape != expected):
            got = "none" if vectors is None else str(list(vectors.shape))
            raise ValueError(f"vectors must have shape {list(expected)}, as the layer was made for; got {got}.")
        if not self.vectors and vectors is not None:
            raise ValueError("this layer reads no vectors; make it with vectors=V, or leave them out.")


@torch.compiler.disable  # values are read
def _checked(z: Tensor | None, pos: Tensor, batch: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
    z = torch.ones(pos.shape[:1], dtype=torch.long, device=pos.device) if z is None else z
    return check_atoms(z, pos, batch)


@torch.compiler.disable  # symmetric frames, which ask twice, are known only when it runs
def _at_atoms(field: NeuralField) -> Tensor:
    """``[N, C]`` at the atoms themselves."""
    return field.evaluate(field.pos, field.batch)
