"""MolField between the frames of a trajectory."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from torch_molfield.data.properties import Output
from torch_molfield.data.setting_types import Size, SizeOrNone
from torch_molfield.data.validation import check_atoms
from torch_molfield.models.molfield import MolField
from torch_molfield.models.on_field import OnField
from torch_molfield.models.pretrained import check_keys
from torch_molfield.nn.dynamics.bridge import Bridge, Passage
from torch_molfield.nn.inr.neural_field import NeuralField


class InterpolatedMolField(OnField):
    """The field f(x, s) between two frames of a trajectory.

    A :class:`~torch_molfield.nn.dynamics.bridge.Bridge` predicts the positions of the atoms between the frames, a
    :class:`MolField` their field. At the frames themselves the field is exactly that of MolField.

    Args:
        width, vectors, layers, modes: of the bridge.
        field: settings of the MolField.

    Raises:
        ValueError: for an unknown setting of the field; when called, for malformed atoms or frames.
    """

    commands = ("evaluate", "surface")

    def __init__(
        self,
        *,
        width: Size = 128,
        vectors: Size = 32,
        layers: SizeOrNone = 3,
        modes: Size = 6,
        field: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()
        check_keys(MolField, field or {}, "the settings of the field")
        self.config = {"width": width, "vectors": vectors, "layers": layers, "modes": modes, "field": field or {}}
        self.bridge = Bridge(width, vectors, layers, modes)
        self.field = MolField(**(field or {}))

    def passage(self, z: Tensor, knots: Tensor, batch: Tensor | None = None) -> Passage:
        """Return the positions of the atoms between the frames; get them by ``passage.at(share)``.

        Arguments as in :meth:`forward`.
        """
        if knots.dim() != 3 or knots.shape[1:] != (4, 3):
            raise ValueError(f"knots has shape {tuple(knots.shape)}, expected [N, 4, 3]: four frames of each atom.")
        z, _, batch = check_atoms(z, knots[:, 1], batch)
        for k in (0, 2, 3):
            check_atoms(z, knots[:, k], batch)
        return self.bridge(z, knots.to(self.bridge.head.weight), batch)

    @property
    def outputs(self) -> tuple[Output, ...]:
        """The channels of the field."""
        return self.field.outputs

    def function_of(self, z: Tensor, pos: Tensor) -> NeuralField:
        """Return the field at a frame of the trajectory, where it depends on that geometry alone."""
        return self.field(z, pos)

    def forward(self, z: Tensor, knots: Tensor, share: Tensor, batch: Tensor | None = None) -> NeuralField:
        """Return the fields at ``share`` of the way from frame 1 to frame 2.

        Args:
            z: ``[N]`` atomic numbers.
            knots: ``[N, 4, 3]`` Å, evenly spaced frames: one before, the two, one after. If there is no frame before or
                after, mirror: 2·first − second.
            share: ``[B]``, 0 to 1.
            batch: ``[N]`` sorted molecule of each atom; ``None`` for one molecule.

        Raises:
            ValueError: for malformed atoms, or ``knots`` or ``share`` of another shape.
        """
        passage = self.passage(z, knots, batch)
        count = int(passage.batch[-1]) + 1
        if share.shape != (count,):
            raise ValueError(f"share has shape {tuple(share.shape)}; give one for each of {count} molecules.")
        return self.field(z, passage.at(share), passage.batch)
