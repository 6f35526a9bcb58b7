"""MolField: a continuous field from a molecule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor

from torch_molfield.data.finite import check_finite
from torch_molfield.data.properties import Output
from torch_molfield.data.setting_types import Element, Positive, Size, SizeOrNone
from torch_molfield.data.validation import check_atoms, check_elements
from torch_molfield.geometry.frame_set import FrameSet
from torch_molfield.geometry.frames import centred, frames_of_checked
from torch_molfield.models.pretrained import Pretrained
from torch_molfield.nn.common.pair_memory import check_pairs
from torch_molfield.nn.hyper.encoder import MolFieldEncoder
from torch_molfield.nn.hyper.hypernetwork import FunctionSpaceHyperNetwork
from torch_molfield.nn.inr.canonical import CanonicalINR
from torch_molfield.nn.inr.neural_field import NeuralField
from torch_molfield.nn.trunks import Trunk, check_trunk, make_trunk

#: Å, where nothing else is said
MAX_RADIUS = 12.0


class MolField(Pretrained):
    """Hyper-network from molecules to continuous fields (Wang, Han et al. 2026, arXiv 2601.22327).

    ``model(z [N], pos [N, 3] Å, batch [N] | None) -> NeuralField``, one function per molecule; see
    :class:`~torch_molfield.nn.inr.neural_field.NeuralField`. Canonical frames make it invariant to pose and to the
    order of atoms; a mirror image is a different molecule. Geometry is computed in float64, the networks in the dtype
    of the model's weights.

    Args:
        channels: names of the field's channels.
        units: their unit.
        hidden, depth, encoding, num_frequencies, frequency_scale, activation: see
            :class:`~torch_molfield.nn.CanonicalINR`.
        width: D of atoms and tokens.
        vectors: equivariant vector channels of the trunk.
        trunk_layers, token_layers: number of layers of the trunk and of the hyper-network.
        heads: attention heads.
        groups: groups of neurons per layer, see :class:`~torch_molfield.nn.StructuredWeightTokenizer`.
        kernels: atom kernels of the first layer, see :class:`~torch_molfield.nn.FunctionSpaceHyperNetwork`.
        elements: atomic numbers that the model was trained on; others are refused. ``None`` accepts all.
        max_radius: largest distance (Å) of an atom from the centroid for which the function is valid. Tokens, and
            properties read from them, are available for any molecule.
        trunk: a name in :data:`~torch_molfield.nn.trunks.base.TRUNKS`, such as ``"pairs"``
            (:class:`~torch_molfield.nn.AtomTrunk`) or ``"clusters"`` (:class:`~torch_molfield.nn.ClusterTrunk`, better
            at properties), or a module with the interface :class:`~torch_molfield.nn.trunks.base.Trunk`; its width is
            then the model's.
        frames: ``(z, pos, batch) -> FrameSet`` to use in place of the closed-form frames, such as a
            :class:`~torch_molfield.nn.trunks.learned_frames.LearnedFrame`.

    :meth:`save_pretrained` stores settings and weights, so it cannot save a model with ``frames`` or with a module as
    trunk; register the trunk to have it saved by name.

    Raises:
        ValueError: for settings out of range; when called, for malformed atoms, unknown elements, or a molecule that is
            larger than ``max_radius``.
    """

    commands = ("evaluate", "encode", "surface")

    def __init__(
        self,
        channels: Sequence[str] = ("signed_distance",),
        units: str = "Å",
        *,
        hidden: Size = 64,
        depth: Size = 4,
        encoding: str = "fourier",
        num_frequencies: Size = 512,
        frequency_scale: Positive = 2.0,
        activation: str = "silu",
        width: Size = 128,
        vectors: SizeOrNone = 16,
        trunk_layers: SizeOrNone = 2,
        token_layers: SizeOrNone = 2,
        heads: Size = 8,
        groups: Size = 4,
        kernels: SizeOrNone = 2,
        elements: Sequence[Element] | None = None,
        max_radius: Positive = MAX_RADIUS,
        trunk: str | Trunk = "pairs",
        frames: Callable[[Tensor, Tensor, Tensor], FrameSet] | None = None,
    ) -> None:
        super().__init__()
        self.config = {
            "channels": list(channels),
            "units": units,
            "hidden": hidden,
            "depth": depth,
            "encoding": encoding,
            "num_frequencies": num_frequencies,
            "frequency_scale": frequency_scale,
            "activation": activation,
            "width": width,
            "vectors": vectors,
            "trunk_layers": trunk_layers,
            "token_layers": token_layers,
            "heads": heads,
            "groups": groups,
            "kernels": kernels,
            "elements": None if elements is None else sorted(int(e) for e in elements),
            "max_radius": max_radius,
            "trunk": trunk if isinstance(trunk, str) else None,
        }
        self.channels, self.units, self.max_radius = tuple(channels), units, max_radius
        self.custom = not isinstance(trunk, str) or frames is not None
        made = make_trunk(trunk, width, vectors, trunk_layers) if isinstance(trunk, str) else trunk
        check_trunk(made)
        inr = CanonicalINR(
            len(self.channels), hidden, depth, encoding, num_frequencies, frequency_scale, activation=activation
        )
        hyper = FunctionSpaceHyperNetwork(inr, made.width, token_layers, heads, groups, kernels)
        self.encoder = MolFieldEncoder(made, inr, hyper, frames or frames_of_checked)

    @property
    def outputs(self) -> tuple[Output, ...]:
        """The channels of the function."""
        units = self.units.split(", ")
        several = units if len(units) == len(self.channels) else [self.units] * len(self.channels)
        return tuple(Output(name, unit, "point") for name, unit in zip(self.channels, several, strict=True))

    def function_of(self, z: Tensor, pos: Tensor) -> NeuralField:
        """Return the function of one molecule."""
        return self(z, pos)

    def forward(self, z: Tensor, pos: Tensor, batch: Tensor | None = None) -> NeuralField:
        return self.generate(*self.check(z, pos, batch))

    def generate(self, z: Tensor, pos: Tensor, batch: Tensor) -> NeuralField:
        """Return the function of atoms without checking them, also for elements that the model was not trained on."""
        frames, tokens, parameters = self.encoder(z, pos, batch)
        if not self.training:
            check_finite({"tokens": frames.average(tokens)}, batch)
        return NeuralField(self.encoder.inr, parameters, tokens, frames, pos, batch, self.channels, self.units, z)

    def check(self, z: Tensor, pos: Tensor, batch: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        """Check the atoms and return ``z [N]``, ``pos [N, 3]`` and ``batch [N]``.

        Raises:
            ValueError: for malformed atoms, elements that the model does not know, or a molecule larger than
                ``max_radius``.
        """
        z, pos, batch = self.check_known(z, pos, batch)
        self._check_extent(pos, batch)
        return z, pos, batch

    def check_known(self, z: Tensor, pos: Tensor, batch: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        """Check the atoms as :meth:`check` does, but for any size of the molecule.

        For networks that read tokens and need no function: positions enter the tokens as sines and cosines only, so
        nothing grows with them.
        """
        z, pos, batch = check_atoms(z, pos, batch)
        check_elements(z, batch, self.config["elements"])
        sizes = torch.bincount(batch)
        check_pairs(self.encoder.trunk, len(sizes), int(sizes.max()), pos.device)
        return z, pos, batch

    def _check_extent(self, pos: Tensor, batch: Tensor) -> None:
        radius = centred(pos.detach(), batch)[1].norm(dim=1)
        if bool((radius > self.max_radius).any()):
            atom = int(radius.argmax())
            raise ValueError(
                f"pos: molecule {int(batch[atom])} of the batch reaches {float(radius[atom]):.1f} Å from its centroid. "
                f"The function of this model, which repeats itself at the period of its frequencies, was made for "
                f"{self.max_radius:g} Å; use a closed-form field, PatchedMolField, or a model that was trained on such "
                f"molecules. Tokens and properties can be had of molecules of any extent."
            )

    def save_pretrained(self, directory: str | Path, half: bool = False) -> Path:
        """Write ``config.json`` and ``model.safetensors`` into ``directory``, made if missing; returns it.

        Args:
            directory: the folder.
            half: whether parameters are stored in half precision.

        Raises:
            ValueError: for a model with its own frames, or a trunk that is not registered.
        """
        if self.custom:
            raise ValueError(
                "a model with its own trunk or frames is not saved by settings; register the trunk in TRUNKS and give "
                "its name, or save the state_dict."
            )
        return super().save_pretrained(directory, half)
